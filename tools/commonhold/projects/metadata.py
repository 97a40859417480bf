"""What a project file says, as plain values, whatever format said it."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.projects.names import Name


class Need(NamedTuple):
    """One requirement: a distribution with the extras asked for, a path, or both.

    ``name`` is ``None`` for a bare path (``-e ../flytekit-spark``). ``path`` is relative to the
    repository's root, normalized; it names a folder (a project) or a file (an archive).
    Versions and markers are left out on purpose: an edge that holds only on Windows, or only for
    old Pythons, is still an edge.
    """

    name: Name | None
    extras: frozenset[Name] = frozenset()
    path: str | None = None


class Problem(NamedTuple):
    """A part of a project file that cannot be read without running code, or at all."""

    path: str
    message: str


class Metadata(NamedTuple):
    """What one project's files declare, read statically (PEP 621, PEP 735, PEP 518, Poetry, setuptools).

    ``files`` are requirements from ``requirements*.txt|in`` and ``dev-requirements*`` beside the project file.
    ``reads`` are paths outside the metadata itself that it pulls in (``-r``, ``-c``, ``file:``, editable),
    relative to the repository's root. ``names`` are the files that the metadata refers to (readme, licence).
    ``table`` is ``[tool.commonhold]`` of the project's own ``pyproject.toml``, undecoded.
    ``problems`` say what could not be read; a project with a problem is affected by every change.
    """

    name: Name | None
    requires_python: str | None = None
    classifiers: tuple[str, ...] = ()
    runtime: tuple[Need, ...] = ()
    extras: Mapping[Name, tuple[Need, ...]] = {}
    groups: Mapping[Name, tuple[Need, ...]] = {}
    files: tuple[Need, ...] = ()
    build: tuple[Need, ...] = ()
    reads: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    table: Mapping[str, Any] = {}
    problems: tuple[Problem, ...] = ()


def is_project(metadata: Metadata) -> bool:
    """Whether files describe a project at all, rather than only configure tools."""
    return metadata.name is not None or bool(metadata.problems)
