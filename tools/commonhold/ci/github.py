"""Write GitHub's formats for step outputs and annotations, without trusting the names and paths in them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from commonhold.ci.job_plan import Job, JobPlan

MOST_ANNOTATIONS = 10
"""The maximum number of errors, and of warnings, that GitHub shows for one step."""

_SAFE = re.compile(r"[a-z0-9][a-z0-9.-]*")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def plan_document(plan: JobPlan) -> dict[str, Any]:
    """Build the JSON document that ``commonhold plan --json`` prints; ``--github`` writes some values of this document.

    Raises ``ConfigurationError`` if a shell would not read a name as a single word.
    """
    # Workflows insert these values into shell commands, so they are checked before anything is written.
    for job in (*plan.jobs, *plan.advisory):
        _check(job)
    return {
        "schema": 1,
        "any": bool(plan.jobs),
        "matrix": _matrix(plan.jobs),
        "any-advisory": bool(plan.advisory),
        "advisory": _matrix(plan.advisory),
        "core": plan.core,
        "untestable": [asdict(plugin) for plugin in plan.untestable],
        "warnings": [printable(warning) for warning in plan.warnings],
    }


def output_lines(plan: JobPlan) -> str:
    """Format one line for each output in ``GITHUB_OUTPUT``, with its value as ASCII JSON."""
    document = plan_document(plan)
    names = ("any", "matrix", "any-advisory", "advisory", "core")
    return "".join(f"{name}={json.dumps(document[name], separators=(',', ':'))}\n" for name in names)


def _matrix(jobs: Iterable[Job]) -> dict[str, Any]:
    return {"include": [{**asdict(job), "sessions": " ".join(job.sessions)} for job in jobs]}


def _check(job: Job) -> None:
    for session in job.sessions:
        if not _SAFE.fullmatch(session):
            raise ConfigurationError(
                f"{session!r} is not a valid session name",
                hint="Plugin names start with a letter or digit and contain only letters, digits, dots and hyphens.",
            )
    if not _LABEL.fullmatch(job.os):
        raise ConfigurationError(
            f"os: {job.os!r} is not a valid runner label", hint="Use a label such as ubuntu-latest."
        )


def annotation_lines(errors: Sequence[str], warnings: Sequence[str]) -> Iterator[str]:
    """Format as many annotations as GitHub shows; the last annotation gives the number of omitted messages."""
    yield from _annotations("error", errors)
    yield from _annotations("warning", warnings)


def _annotations(kind: str, messages: Sequence[str]) -> Iterator[str]:
    shown = messages if len(messages) <= MOST_ANNOTATIONS else messages[: MOST_ANNOTATIONS - 1]
    for message in shown:
        yield f"::{kind} title=commonhold::{escape_annotation(message)}"
    if len(shown) < len(messages):
        yield f"::{kind} title=commonhold::{len(messages) - len(shown)} more in the log and in the summary"


def escape_annotation(text: str) -> str:
    """Escape text for a workflow command ("Workflow commands for GitHub Actions", actions/toolkit's escapeData)."""
    # Splitting first keeps the line breaks, which `printable` would escape.
    text = "\n".join(printable(line) for line in text.splitlines())
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
