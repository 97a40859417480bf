"""A TOML table that tells what in it has another type than its format says."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.requirement import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class Section:
    """One table and its dotted key; ``report`` receives a sentence for each value of a wrong type."""

    __slots__ = ("key", "report", "values")

    def __init__(self, values: dict[str, Any], key: str, report: Callable[[str], None]) -> None:
        self.values = values
        self.key = key
        self.report = report

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, expected: str) -> None:
        """Report that the value of ``key`` is not what it should be."""
        self.report(f"{self.dotted(key)} is not {expected}; correct it")

    def dotted(self, key: str) -> str:
        """The full key, for messages."""
        key = key if key.isprintable() and len(key) < 60 else show(key)
        return f"{self.key}.{key}" if self.key else key

    def table(self, key: str) -> Section:
        """A table in this one; an empty one where there is none."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            if value is not None:
                self.wrong(key, "a table")
            value = {}
        return Section(value, self.dotted(key), self.report)

    def tables(self) -> Iterator[tuple[str, Section]]:
        """The values that are tables; the others are reported."""
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
        """A list of strings; an empty one where there is none."""
        values = self.values.get(key)
        if values is None:
            return []
        if not isinstance(values, list):
            self.wrong(key, "a list of strings")
            return []
        strings = [value for value in values if isinstance(value, str)]
        if len(strings) < len(values):
            self.wrong(key, "a list of strings only")
        return strings

    def one_or_more(self, key: str) -> list[str]:
        """A string or a list of strings."""
        value = self.values.get(key)
        return [value] if isinstance(value, str) else self.texts(key)
