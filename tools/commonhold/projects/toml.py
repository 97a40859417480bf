"""Parse TOML with errors that name the file and the line."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError
from commonhold.tree import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def decode_toml(data: bytes) -> dict[str, Any]:
    """Parse a document. Raises ``ValueError`` and ``RecursionError``.

    TOML's integers have 64 bits. Python reads longer integers. But converting an integer with thousands of digits to a
    string fails, so every message that shows the value would fail.
    """
    import tomli

    if any(prefix in data for prefix in (b"0x", b"0o", b"0b")):
        import re

        if re.search(rb"0[xob][0-9A-Fa-f_]{1000}", data):
            raise ValueError("an integer has too many digits")
    return tomli.loads(data.decode("utf-8"))


def parse_toml(data: bytes, source: str) -> dict[str, Any]:
    """Parse a document. Raises ``ConfigurationError`` with ``source`` and the line if the document is not TOML."""
    if data == TOO_LARGE:
        raise ConfigurationError(f"{source} is too large to be read", hint="Remove what the file does not need.")
    try:
        return decode_toml(data)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{source} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source} is not TOML: {error}", hint="Correct that line.") from error


def table_in(table: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return a nested table; an empty table if the key is missing or its value is not a table."""
    for key in keys:
        value = table.get(key)
        table = value if isinstance(value, dict) else {}
    return table


def tables_in(value: object) -> list[Mapping[str, Any]]:
    """Return the tables in a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts_in(value: object) -> list[str]:
    """Return a string or the strings in a list."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
