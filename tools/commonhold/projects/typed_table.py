"""Read TOML tables and check the types of their values."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.requirement import show
from commonhold.projects.toml import decode_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from commonhold.projects.declaration import Declaration


class TypedTable:
    """A table and its dotted key; ``report`` is called with a message for each value of the wrong type."""

    __slots__ = ("key", "report", "values")

    def __init__(self, values: dict[str, Any], key: str, report: Callable[[str], None]) -> None:
        self.values = values
        self.key = key
        self.report = report

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, expected: str) -> None:
        """Report a value of ``key`` that does not match its format."""
        self.report(f"{self.dotted(key)} is not {expected}; correct it")

    def dotted(self, key: str) -> str:
        """Return the full key, for messages."""
        key = key if key.isprintable() and len(key) < 60 else show(key)
        return f"{self.key}.{key}" if self.key else key

    def table(self, key: str) -> TypedTable:
        """Return a table inside this table; an empty table if it is missing."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            if value is not None:
                self.wrong(key, "a table")
            value = {}
        return TypedTable(value, self.dotted(key), self.report)

    def tables(self) -> Iterator[tuple[str, TypedTable]]:
        """Return the values that are tables; report all other values."""
        for key in self.values:
            yield key, self.table(key)

    def text(self, key: str) -> str | None:
        """Return the string at a key, or ``None`` if the key is missing or not a string."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        self.wrong(key, "a string")
        return None

    def texts(self, key: str) -> list[str]:
        """Return a list of strings; an empty list if the key is missing."""
        values = self.values.get(key)
        if values is None:
            return []
        if not isinstance(values, list):
            self.wrong(key, "a list of strings")
            return []
        # Keep the strings, because one wrong item does not make the others unknown.
        strings = [value for value in values if isinstance(value, str)]
        if len(strings) < len(values):
            self.wrong(key, "a list of strings only")
        return strings

    def one_or_more(self, key: str) -> list[str]:
        """Return a string or a list of strings as a list."""
        value = self.values.get(key)
        return [value] if isinstance(value, str) else self.texts(key)


def read_toml(raw: bytes, declared: Declaration) -> TypedTable:
    """Return the top table of a file; each error in the file becomes a problem of ``declared``."""
    values: dict[str, Any] = {}
    try:
        values = decode_toml(raw)
    except UnicodeDecodeError:
        declared.problem("", "the file is not UTF-8; save it as UTF-8")
    except ValueError as error:
        declared.problem("", f"the file is not TOML ({str(error)[:120]!r}); correct it")
    except (RecursionError, MemoryError):
        declared.problem("", "the file is nested too deeply to be read; simplify it")
    return TypedTable(values, "", lambda message: declared.problem("", message))
