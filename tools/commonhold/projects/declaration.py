"""Define the declarations of one project file, before the declarations of all files are merged."""

from __future__ import annotations

from itertools import takewhile

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.metadata import Dependency, Problem
from commonhold.projects.paths import from_url, is_within, resolve
from commonhold.projects.requirement import parse_requirement, show, unique
from commonhold.tree import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from commonhold.projects.names import Name

    Read = Callable[[str], bytes | None]


_WILD = frozenset("*?[{!")

EVERY_FIELD = frozenset(("name", "version", "requires_python", "classifiers", "runtime", "extras", "build"))
"""The fields of ``Declaration`` that setuptools reads from several files and merges."""


class ProjectFiles:
    """The folder of one project. Reads files in the folder, and records the files on which the metadata depends."""

    def __init__(self, folder: str, read: Read) -> None:
        self.folder = folder
        self.problems: dict[str, Problem] = {}
        self._read = read
        self.reads: set[str] = set()
        self.names: set[str] = set()
        self.shipped: set[str] = set()
        self.ships_only = False
        self.builds_any = False
        self.roots: dict[tuple[str, str], None] = {}
        self.search: dict[str, None] = {}

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or ``None`` if it does not exist; record a problem if it is too large."""
        data = self._read(path)
        if data == TOO_LARGE:
            self.problems[path] = Problem(path, "the file is too large to be read; remove what it does not need")
        return data

    def path(self, name: str) -> str:
        """Return the repository path of a file in the folder."""
        return f"{self.folder}/{name}" if self.folder else name

    def names_file(self, reference: str) -> None:
        """Record a file that the metadata refers to, but whose content does not matter (readme, licence)."""
        path = resolve(self.folder, reference)
        if path is not None:
            self.names.add(path)

    def opens(self, reference: str) -> str | None:
        """Record a file that contributes to the metadata; return its path if it is in the repository."""
        path = resolve(self.folder, reference)
        if path is not None:
            # A file in the folder always belongs to the project; a file outside the folder must be recorded as read.
            (self.names if is_within(path, self.folder) else self.reads).add(path)
        return path

    def ships(self, references: Iterable[str], *, complete: bool = False) -> None:
        """Record paths whose files are shipped; if the list is ``complete``, no other folder contains packages.

        For a glob pattern, the folder before its first wildcard is recorded. If a pattern can match any folder, any
        file may be shipped.
        """
        paths = [resolve(self.folder, _literal_folder(reference)) for reference in references if reference]
        for path in paths:
            if path is not None and path != self.folder:
                # A file outside the folder must be recorded as read.
                (self.shipped if is_within(path, self.folder) else self.reads).add(path)
        self.ships_only |= complete and bool(paths)
        self.builds_any |= self.folder in paths

    def add_root(self, reference: object, package: str) -> None:
        """Record a folder that is installed as ``package``, or whose packages are installed (``""``)."""
        path = resolve(self.folder, reference.strip("/")) if isinstance(reference, str) else None
        if path is not None and is_within(path, self.folder):
            self.roots[path[len(self.folder) :].strip("/"), package] = None

    def local(self, url: str) -> str | None:
        """Return the repository path of a local requirement; ``None`` outside the repository."""
        return from_url(self.folder, url)


def _literal_folder(pattern: str) -> str:
    """Return the part of a path before the first name with a wildcard."""
    # Some tools write paths relative to the project as "/src".
    names = pattern.strip().lstrip("/").split("/")
    return "/".join(takewhile(_WILD.isdisjoint, names)) or "."


class Declaration:
    """The fields that one file declares; ``None`` means that the file does not mention the field."""

    def __init__(self, path: str, folder: str) -> None:
        self.path = path
        self.folder = folder
        self.name: Name | None = None
        self.version: str | None = None
        self.requires_python: str | None = None
        self.classifiers: tuple[str, ...] | None = None
        self.runtime: tuple[Dependency, ...] | None = None
        self.extras: dict[Name, tuple[Dependency, ...]] | None = None
        self.build: tuple[Dependency, ...] | None = None
        self.groups: dict[Name, tuple[Dependency, ...]] = {}
        self.problems: list[FieldProblem] = []

    def problem(self, field: str, message: str) -> None:
        """Report that a field cannot be read from this file."""
        self.problems.append(FieldProblem(field, Problem(self.path, message)))

    def add(self, problem: Problem) -> None:
        """Add a problem with a file that this file includes."""
        self.problems.append(FieldProblem("", problem))

    def dependencies(self, field: str, label: str, texts: Iterable[str]) -> tuple[Dependency, ...]:
        """Parse the requirements of one field; report texts that are not requirements."""
        found = []
        # Keys come from the file, and a message must not contain control characters.
        label = label if label.isprintable() else show(label)
        for text in texts:
            dependency = parse_requirement(text, self.folder)
            if dependency is None:
                self.problem(field, f"{label}: {show(text)} is not a requirement; use PEP 508 syntax")
            else:
                found.append(dependency)
        return unique(found)

    def add_group(self, name: Name, dependencies: Iterable[Dependency]) -> None:
        """Add dependencies to a group; another table may already have created the group."""
        self.groups[name] = unique((*self.groups.get(name, ()), *dependencies))


class FieldProblem(NamedTuple):
    """A problem and the field of ``Declaration`` that it makes unknown (``""``: all fields)."""

    field: str
    problem: Problem


class Pyproject(NamedTuple):
    """The declarations of a ``pyproject.toml``.

    ``describes`` is false if the file only configures tools and does not describe a project. ``open_fields`` are the
    fields that the file leaves to ``setup.py`` and ``setup.cfg``. ``table`` is ``[tool.commonhold]``.
    """

    declared: Declaration
    describes: bool = False
    open_fields: frozenset[str] = EVERY_FIELD
    table: Mapping[str, Any] = {}
