"""What one project file states, before files are merged."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.metadata import Need, Problem
from commonhold.projects.paths import from_url, is_within, resolve
from commonhold.projects.requirement import parse_requirement, show, unique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from commonhold.projects.names import Name

    Read = Callable[[str], bytes | None]


EVERY_FIELD = frozenset(("name", "requires_python", "classifiers", "runtime", "extras", "build"))
"""The fields of ``Declaration`` that setuptools merges from several files."""


class ProjectFiles:
    """One project's folder, the only door to files, and which of them its metadata pulls in."""

    def __init__(self, folder: str, read: Read) -> None:
        self.folder = folder
        self.read = read
        self.reads: set[str] = set()
        self.names: set[str] = set()

    def path(self, name: str) -> str:
        """The repository path of a file of the folder."""
        return f"{self.folder}/{name}" if self.folder else name

    def names_file(self, reference: str) -> None:
        """The metadata refers to a file whose content does not matter (readme, licence)."""
        path = resolve(self.folder, reference)
        if path is not None:
            self.names.add(path)

    def opens(self, reference: str) -> str | None:
        """The metadata is computed from a file: its path, if it lies in the repository."""
        path = resolve(self.folder, reference)
        if path is not None:
            (self.names if is_within(path, self.folder) else self.reads).add(path)
        return path

    def local(self, url: str) -> str | None:
        """The path of a local requirement, if it lies in the repository."""
        return from_url(self.folder, url)


class Declaration:
    """What one file states; ``None`` where it is silent. Problems are kept by the field they concern."""

    def __init__(self, path: str, folder: str) -> None:
        self.path = path
        self.folder = folder
        self.name: Name | None = None
        self.requires_python: str | None = None
        self.classifiers: tuple[str, ...] | None = None
        self.runtime: tuple[Need, ...] | None = None
        self.extras: dict[Name, tuple[Need, ...]] | None = None
        self.build: tuple[Need, ...] | None = None
        self.groups: dict[Name, tuple[Need, ...]] = {}
        self.problems: list[Concern] = []

    def problem(self, field: str, message: str) -> None:
        """Say that a field cannot be read from this file."""
        self.problems.append(Concern(field, Problem(self.path, message)))

    def add(self, problem: Problem) -> None:
        """Take over a problem found in a file that this one pulls in."""
        self.problems.append(Concern("", problem))

    def needs(self, field: str, label: str, texts: Iterable[str]) -> tuple[Need, ...]:
        """Requirements of one field; those that are none become problems."""
        found = []
        label = label if label.isprintable() else show(label)
        for text in texts:
            need = parse_requirement(text, self.folder)
            if need is None:
                self.problem(field, f"{label}: {show(text)} is not a requirement; write it as PEP 508 says")
            else:
                found.append(need)
        return unique(found)

    def add_group(self, name: Name, needs: Iterable[Need]) -> None:
        """Add needs to a group that another table may have begun."""
        self.groups[name] = unique((*self.groups.get(name, ()), *needs))


class Concern(NamedTuple):
    """A problem and the field of ``Declaration`` it makes unknown (``""``: all of them)."""

    field: str
    problem: Problem


class Pyproject(NamedTuple):
    """What a ``pyproject.toml`` states.

    ``describes`` tells whether it describes a project at all rather than configuring tools.
    ``left`` are the fields that it leaves to ``setup.py`` and ``setup.cfg``.
    ``table`` is ``[tool.commonhold]``.
    """

    stated: Declaration
    describes: bool = False
    left: frozenset[str] = EVERY_FIELD
    table: Mapping[str, Any] = {}
