"""Python's own peers, and the commands that find the plugins affected by a change in a uv workspace.

Their versions are pinned here, and nowhere else.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Contestant
from benchmarks.peers import Peer, Place, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

LOADER = "COMMONHOLD_BENCH_LOADER"
"""The variable with the path of a newer ``ld-linux-x86-64.so.2``, whose folder contains its libraries.

The wheel of `affected` needs glibc 2.39, although its tag says 2.17.
"""

TRIGGERS = ("constraints.txt", "conftest.py", "schemas/")
"""Paths outside plugins that the configuration of difftrace lists as affecting every package."""


def last_words(names: Iterable[str]) -> frozenset[str]:
    """Return the names of plugins, without the project at the root: the last word of each distribution's name."""
    return frozenset(name.rpartition("-")[2] for name in names if not name.endswith("-monorepo"))


def difftrace(place: Place) -> Iterable[Contestant]:
    """Create the contestant `difftrace`, with its most precise settings."""
    settings = ["--lock-scope", "--exclude-ext=.md", *(f"--root-trigger={path}" for path in TRIGGERS)]
    yield Contestant(
        "`difftrace --lock-scope`",
        (str(place.installed / "bin/difftrace"), "--json", "--base", place.base, *settings),
        place.folder,
        answer=lambda printed: last_words(json.loads(printed)["affected"]),
        expected=place.expected,
    )


def affected(place: Place) -> Iterable[Contestant]:
    """Create the contestant `affected list`: the native binary, without its launcher in Python."""
    binary = next(place.installed.glob("lib/python*/site-packages/affected/bin/affected"))
    command: tuple[str, ...] = (str(binary),)
    loader = os.environ.get(LOADER)
    if loader:
        folders = f"{Path(loader).parent}:/lib/x86_64-linux-gnu"
        command = (loader, "--library-path", folders, *command)
    started = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    if started.returncode:
        needs = " and ".join(sorted(set(re.findall(r"GLIBC_[\d.]+", started.stderr)))) or "another system"
        raise Unavailable(f"its binary needs {needs}; see `{LOADER}` in the page of the benchmarks")
    yield Contestant(
        "`affected list`",
        (*command, "list", "--json", "--base", place.base),
        place.folder,
        answer=lambda printed: last_words(json.loads(printed)["affected"]),
        expected=place.expected,
    )


def tach(place: Place) -> Iterable[Contestant]:
    """Create the contestant `tach test`, which only collects the tests; each plugin is importable, as if installed."""
    roots = [str(path.parent) for path in sorted(place.folder.glob("plugins/*/*/pyproject.toml"))]
    yield Contestant(
        "`tach test`",
        (
            str(place.installed / "bin/tach"),
            "test",
            f"--base={place.base}",
            "--disable-cache",
            *("--", "--collect-only", "-q", "--import-mode=importlib", "-p", "no:cacheprovider"),
        ),
        place.folder,
        {
            "PATH": f"{place.installed / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": ":".join(roots),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        answer=collected,
        expected=place.expected,
    )


def collected(printed: str) -> frozenset[str]:
    """Return the plugins with a test that pytest collected, or that fails when it is imported."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    return frozenset(re.findall(r"^(?:ERROR )?plugins/\w+/[a-z]+-(\w+)/\S*\.py", plain, re.MULTILINE))


PYTHON_PEERS = (
    Peer("difftrace", "difftrace", "1.5.1", "pip", difftrace),
    Peer("affected", "affected", "1.0.0", "pip", affected),
    Peer("tach", "tach", "0.35.3", "pip", tach, up_to=50, also=("pytest==9.2.0",)),
)
