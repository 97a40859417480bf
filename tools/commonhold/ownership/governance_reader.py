"""Read governance files so that any content gives a value, and each mistake becomes a problem with its line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.projects.toml import parse_toml
from commonhold.projects.toml_lines import array_table_lines
from commonhold.text import printable
from commonhold.tree import EXECUTABLE, REGULAR
from commonhold.workspace.config.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    from commonhold.tree import Entry

    T = TypeVar("T")

MOST_FILE_BYTES = 1 << 20
"""The maximum size of a governance file."""

_MOST_PROBLEMS = 50
"""The number of problems of a file that are reported, because authors may write any number of mistakes."""

_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class GovernanceProblem:
    """A mistake in a governance file. ``path`` is relative to the repository's root, and ``line`` starts at 1."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = printable(self.path)
        return f"{place}:{self.line}: {self.message}" if self.line else f"{place}: {self.message}"


class GovernanceReader(Reader):
    """A strict reader of values in governance files."""

    def bound(self, function: Callable[[GovernanceReader, Any, str], T]) -> Callable[[Any, str], T]:
        """Return a reader for a key from a function that takes this object."""
        return lambda value, key: function(self, value, key)

    def day(self, value: Any, key: str) -> date:
        """Read a date; a date with a time is refused, because it would need a time zone."""
        if type(value) is date:
            return value
        self.error(key, "expected a date without quotes and without a time, such as 2027-01-31")
        return date.min

    def line(self, value: Any, key: str) -> str:
        """Read a text of one printable line, because it is shown in terminals, comments and statuses."""
        text = self.text(value, key)
        if not text.isprintable() or len(text) > _LONGEST_LINE or text != text.strip():
            self.error(key, f"expected one line of at most {_LONGEST_LINE} printable characters, without outer blanks")
            return ""
        return text

    def required_table(
        self, value: Any, key: str, readers: Mapping[str, Callable[[Any, str], object]], required: Iterable[str]
    ) -> dict[str, Any]:
        """Read a table like :meth:`table`, and record the keys in ``required`` that it lacks."""
        read = self.table(value, key, readers)
        for name in required:
            if name not in read:
                self.missing(key, (name,), f"{key}.{name}", "is required")
        return read


class GovernanceFile:
    """One governance file: its top table, and the problems that were found in it."""

    def __init__(self, path: str, data: bytes | None, entry: Entry | None) -> None:
        self.path = path
        self.reader = GovernanceReader()
        self._found: list[GovernanceProblem] = []
        self.table: Mapping[str, Any] = {}
        self._text = ""
        if entry is not None and entry.mode not in (REGULAR, EXECUTABLE):
            self._problem(f"{path} is not a regular file; a link would put its content outside the protected path")
        elif data is not None:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        if len(data) > MOST_FILE_BYTES:
            self._problem(f"{self.path} has more than {MOST_FILE_BYTES:,} bytes")
            return
        try:
            self.table = parse_toml(data, self.path)
            self._text = data.decode()
        except ConfigurationError as error:
            self._problem(error.message)
        except MemoryError:
            self._problem(f"{self.path} is nested too deeply to be read")

    def _problem(self, message: str, line: int | None = None) -> None:
        self._found.append(GovernanceProblem(self.path, printable(message), line))

    def read(self, readers: Mapping[str, Callable[[Any, str], object]]) -> dict[str, Any]:
        """Read the file's top table strictly."""
        return self.reader.table(self.table, "", readers)

    def entries(
        self, name: str, value: Any, read: Callable[[GovernanceReader, Any, str, int | None], T | None]
    ) -> tuple[T, ...]:
        """Read an array of tables; entries with mistakes are left out, and their problems have the entry's line."""
        lines = array_table_lines(self._text, name)
        found: list[T] = []
        for index, item in enumerate(self.reader.array(value, name, lambda item, _: item)):
            if len(self._found) > _MOST_PROBLEMS:  # finding similar words for more mistakes would take long
                break
            line = lines[index] if index < len(lines) else None
            self.keep_problems()
            entry = read(self.reader, item, f"{name}[{index}]", line)
            self.keep_problems(line)
            if entry is not None:
                found.append(entry)
        return tuple(found)

    def keep_problems(self, line: int | None = None) -> None:
        """Give the mistakes that the reader recorded since the last call a line."""
        for problem in self.reader.problems:
            self._problem(problem, line)
        self.reader.problems.clear()

    @property
    def problems(self) -> tuple[GovernanceProblem, ...]:
        """The problems of the file, in order; if there are many, only the first ones."""
        self.keep_problems()
        if len(self._found) <= _MOST_PROBLEMS:
            return tuple(self._found)
        more = GovernanceProblem(self.path, "has more mistakes")
        return (*self._found[:_MOST_PROBLEMS], more)
