"""Check that the jobs of the tool run no file that a plugin's author can add.

``python -m`` and ``python -c`` search the current folder first. So a file `pip.py` at the root of the checkout would
run in a job that has an identity token. Two rules prevent that: a job checks out the tool and its settings only, and
Python gets -P (or -I, which includes -P and which Python 3.10 has too).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTENT = frozenset({"/.github/", "/tools/", "/pyproject.toml", "/commonhold.toml"})
"""Everything that a job of the tool may check out: the workflows' own actions, the tool, and the root's settings."""

TESTS_THE_CHECKOUT = {
    "ci.yml": {"test", "advisory", "core", "project"},
    "nightly.yml": {"newest", "newest-advisory", "prerelease", "prerelease-advisory", "embedding"},
    "image.yml": {"build"},
    "tools.yml": {"build", "test"},
    "plugins.yml": {"build-plugins", "advisory"},
}
"""The jobs whose task is to run the checkout: tests of plugins and of the project, and builds of images.

They have no secrets and no permission to write, and no other job uses more than the results that they upload.
"""

_UNSAFE = re.compile(r"(?<![\w./-])python[\d.]*(?= )(?! -[PI] )|(?<!-m )(?<![\w./-])pip[\d.]*(?= )")


def find_problems(name: str, workflow: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of a workflow, or of a composite action, with this file name."""
    jobs = workflow.get("jobs") or {"action": workflow.get("runs", {})}
    for job_id, job in jobs.items():
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@") and job_id not in TESTS_THE_CHECKOUT.get(name, ()):
                yield from _checkout_problems(f"{name}: {job_id}", step.get("with", {}))
            for found in _UNSAFE.finditer(step.get("run", "")):
                yield f"{name}: {job_id}: write `python -P -m ...` in place of `{found[0]} ...`"


def _checkout_problems(place: str, options: Mapping[str, Any]) -> Iterator[str]:
    patterns = {*str(options.get("sparse-checkout", "")).split()}
    if not patterns or not patterns <= CONTENT:
        yield f"{place}: the checkout must contain only {', '.join(sorted(CONTENT))} (sparse-checkout)"
    # With the default, cone mode, every file at the root is checked out too.
    if options.get("sparse-checkout-cone-mode") is not False:
        yield f"{place}: the checkout needs `sparse-checkout-cone-mode: false`"
