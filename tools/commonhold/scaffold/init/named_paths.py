"""Find the files outside plugins that today's tests name: workflows, actions, scripts, Makefiles and requirements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.workspace import Files

_FILE = re.compile(r"[\w.@+-][\w.@+/-]*")
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")


@dataclass(frozen=True, slots=True)
class NamedPath:
    """The packages for whose tests a file is used (``None``: any package), and the place that names the file."""

    packages: frozenset[Name] | None
    reason: str


def find_named_paths(files: Files, jobs: Sequence[TestJob]) -> dict[str, NamedPath]:
    """Return the files that decide how packages are tested; a workflow for one package names only this package."""
    found: dict[str, NamedPath] = {}
    for job in jobs:
        packages = frozenset(job.packages) if job.packages else None
        for path, reason in _paths(files, job):
            known = found.get(path)
            if known is None:
                found[path] = NamedPath(packages, reason)
            elif known.packages is not None:
                found[path] = NamedPath(None if packages is None else known.packages | packages, known.reason)
    return found


def _paths(files: Files, job: TestJob) -> Iterator[tuple[str, str]]:
    yield from ((path, f"{job.place} runs tests") for path in sorted(job.files))
    for action in job.actions:
        for name in ("action.yml", "action.yaml"):
            if f"{action.value}/{name}" in files.entries:
                yield f"{action.value}/{name}", str(action.place)
    for command in job.commands:
        yield from ((path, str(command.place)) for path in _named(command.value, files))


def _named(command: str, files: Files) -> list[str]:
    """Return the files at the root, and below it, that a command names."""
    words = [word.removeprefix("./").lstrip("/") for word in _FILE.findall(command)]
    found = [word for word in words if word in files.entries]
    if "make" in words:
        found += [name for name in _MAKEFILES if name in files.entries]
    return found
