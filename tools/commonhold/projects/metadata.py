"""Define the metadata of one project as plain values, independent of the file format."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.projects.names import Name


class Dependency(NamedTuple):
    """One requirement of a project: a distribution with its requested extras, a path, or both.

    ``name`` is ``None`` for a bare path (``-e ../flytekit-spark``). ``path`` is relative to the
    repository's root and normalized; it is a folder (a project) or a file (an archive).

    ``specifier`` and ``marker`` are text as PEP 508 writes it, because parsing them takes longer than a whole
    selection: a dependency that applies only on Windows, or only on an old Python, is still an edge of the graph.
    A part of the specifier or marker that cannot be read is a ``HOLE`` (:mod:`commonhold.projects.paths`).
    """

    name: Name | None
    extras: frozenset[Name] = frozenset()
    path: str | None = None
    specifier: str = ""
    marker: str = ""

    @property
    def text(self) -> str:
        """The requirement in PEP 508 syntax, without a URL or path."""
        extras = f"[{','.join(sorted(self.extras))}]" if self.extras else ""
        marker = f"; {self.marker}" if self.marker else ""
        return f"{self.name or ''}{extras}{self.specifier}{marker}"


class Problem(NamedTuple):
    """A part of a project file that cannot be read, or that could be read only by running code."""

    path: str
    message: str


class Metadata(NamedTuple):
    """The declarations of one project's files, read statically (PEP 518, PEP 621, PEP 735, Poetry, setuptools).

    ``version`` is the literal version in a project file, if there is one. ``files`` are requirements from
    ``*requirements*.txt|in`` next to the project file. ``reads`` are paths outside the project that its metadata
    includes (``-r``, ``-c``) or its build uses (``force-include``, ``package-dir``), relative to the repository's root.
    ``local`` are the paths of its local requirements (``file:``, editable). ``names`` are the files that the metadata
    refers to (readme, licence). ``ships`` are paths in the project's folder whose files are shipped, relative to the
    repository's root. If ``ships_only`` is true, the other folders contain no shipped packages. If ``builds_any`` is
    true, the build may ship or read any file in the project's folder, for example because it runs the project's code.
    ``roots`` are the folders in the project that a build backend installs, relative to the project, each with the
    package that the folder becomes (``""``: the folder contains packages). If ``roots`` is empty, ``src`` or the
    project's folder is installed. ``search`` are the folders that pytest's ``pythonpath`` adds, relative to the
    repository's root. ``table`` is ``[tool.commonhold]`` of the project's own ``pyproject.toml``, undecoded.
    ``problems`` describes the parts that could not be read; a project with a problem is affected by every change.
    """

    name: Name | None
    version: str | None = None
    requires_python: str | None = None
    classifiers: tuple[str, ...] = ()
    runtime: tuple[Dependency, ...] = ()
    extras: Mapping[Name, tuple[Dependency, ...]] = {}
    groups: Mapping[Name, tuple[Dependency, ...]] = {}
    files: tuple[Dependency, ...] = ()
    build: tuple[Dependency, ...] = ()
    reads: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    ships: frozenset[str] = frozenset()
    ships_only: bool = False
    builds_any: bool = False
    roots: tuple[tuple[str, str], ...] = ()
    search: tuple[str, ...] = ()
    table: Mapping[str, Any] = {}
    problems: tuple[Problem, ...] = ()


def is_project(metadata: Metadata) -> bool:
    """Return whether the files describe a project instead of only configuring tools."""
    return metadata.name is not None or bool(metadata.problems)
