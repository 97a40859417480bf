"""TOML tables whose values are checked against the type that their format requires."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.requirement import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class TypedTable:
    """One table and its dotted key; ``report`` is called with a sentence for each value of a wrong type."""

    __slots__ = ("key", "report", "values")

    def __init__(self, values: dict[str, Any], key: str, report: Callable[[str], None]) -> None:
        self.values = values
        self.key = key
        self.report = report

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, expected: str) -> None:
        """Report that the value of ``key`` is not what its format requires."""
        self.report(f"{self.dotted(key)} is not {expected}; correct it")

    def dotted(self, key: str) -> str:
        """The full key, for messages."""
        key = key if key.isprintable() and len(key) < 60 else show(key)
        return f"{self.key}.{key}" if self.key else key

    def table(self, key: str) -> TypedTable:
        """A table in this one; an empty table if there is none."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            if value is not None:
                self.wrong(key, "a table")
            value = {}
        return TypedTable(value, self.dotted(key), self.report)

    def tables(self) -> Iterator[tuple[str, TypedTable]]:
        """The values that are tables; other values are reported."""
        for key in self.values:
            yield key, self.table(key)

    def text(self, key: str) -> str | None:
        """A string, if there is one."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        self.wrong(key, "a string")
        return None

    def texts(self, key: str) -> list[str]:
        """A list of strings; an empty list if there is none."""
        values = self.values.get(key)
        if values is None:
            return []
        if not isinstance(values, list):
            self.wrong(key, "a list of strings")
            return []
        # The strings are kept, because one wrong item does not make the others unknown
        strings = [value for value in values if isinstance(value, str)]
        if len(strings) < len(values):
            self.wrong(key, "a list of strings only")
        return strings

    def one_or_more(self, key: str) -> list[str]:
        """A string or a list of strings, as a list."""
        value = self.values.get(key)
        return [value] if isinstance(value, str) else self.texts(key)
