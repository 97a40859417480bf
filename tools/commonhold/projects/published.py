"""Define the values that a project publishes about itself, each with its state and the place where it is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    Texts: TypeAlias = tuple[str, ...]

T = TypeVar("T")


class ValueState(Enum):
    """The state of a published value: only a ``STATED`` value is known.

    A ``COMPUTED`` value can be determined only by running code of the project or its build backend. An ``INVALID``
    value does not have the type that its format requires.
    """

    STATED = "stated"
    MISSING = "missing"
    COMPUTED = "computed"
    INVALID = "invalid"


def _nowhere(_text: str) -> None:
    return None


@dataclass(frozen=True)
class Published(Generic[T]):
    """A value that a project publishes; ``value`` is ``None`` unless the state is ``STATED``.

    ``path`` is the file that contains the value or, if the value is missing, the file to which it should be added. It
    is relative to the repository's root. ``message`` is the reason for the states ``COMPUTED`` and ``INVALID``.
    """

    state: ValueState
    path: str
    value: T | None = None
    message: str = ""
    locate: Callable[[str], int | None] = field(default=_nowhere, repr=False, compare=False)

    @property
    def is_missing(self) -> bool:
        """Whether no file contains the value; false if the value is computed."""
        return self.state is ValueState.MISSING

    @property
    def line(self) -> int | None:
        """The line of the value; for a missing value, the line of the table that should contain it."""
        return self.locate("")

    def line_of(self, text: str) -> int | None:
        """Return the first line at or below the value's line that contains ``text``; otherwise the value's line."""
        return self.locate(text)

    def or_computed(self, message: str) -> Published[T]:
        """Return the value itself or, if it is missing, a computed value."""
        return replace(self, state=ValueState.COMPUTED, message=message) if self.is_missing else self


@dataclass(frozen=True, slots=True)
class Person:
    """An author or maintainer."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Readme:
    """A readme: a file, as the project file writes its path, or a text."""

    file: str | None = None
    text: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: an SPDX expression (PEP 639), or the text or file of an older format."""

    expression: str | None = None
    text: str | None = None
    file: str | None = None


@dataclass(frozen=True)
class Description:
    """Everything that a project publishes about itself, except its requirements.

    ``name`` is written as in the file. ``licence_files`` are the patterns in the file. ``entry_points`` maps groups to
    names and references; it contains the scripts as ``console_scripts`` and ``gui_scripts``. ``import_names`` and
    ``import_namespaces`` are those of PEP 794. ``backend`` is the package of the build backend. ``has_project_table``
    is true if ``pyproject.toml`` contains ``[project]``.
    """

    name: Published[str]
    version: Published[str]
    summary: Published[str]
    readme: Published[Readme]
    licence: Published[Licence]
    licence_files: Published[Texts]
    classifiers: Published[Texts]
    keywords: Published[Texts]
    authors: Published[tuple[Person, ...]]
    maintainers: Published[tuple[Person, ...]]
    urls: Published[Mapping[str, str]]
    requires_python: Published[str]
    entry_points: Published[Mapping[str, Mapping[str, str]]]
    import_names: Published[Texts]
    import_namespaces: Published[Texts]
    backend: str
    has_project_table: bool

    def invalid(self) -> tuple[Published[object], ...]:
        """Return the values that do not have the type that their format requires."""
        values = [value for value in vars(self).values() if isinstance(value, Published)]
        return tuple(value for value in values if value.state is ValueState.INVALID)
