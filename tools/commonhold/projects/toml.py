"""Parse TOML with errors that name the file and the line."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError
from commonhold.tree import TOO_LARGE

if TYPE_CHECKING:
    from typing import Any


def parse_toml(data: bytes, source: str) -> dict[str, Any]:
    """Parse a document. Raises ``ConfigurationError`` with ``source`` and the line if the document is not TOML."""
    import tomli

    if data == TOO_LARGE:
        raise ConfigurationError(f"{source} is too large to be read", hint="Remove what the file does not need.")
    try:
        return tomli.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{source} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8.") from error
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{source} is not TOML: {error}", hint="Correct that line.") from error
