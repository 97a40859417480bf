"""Define a line of the written configuration: TOML, the source of its value, and whether it is a promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold.text import printable
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from collections.abc import Iterable

TODO = "# TODO(you) "
"""The mark of a promise. Removing the mark confirms the promise."""


@dataclass(frozen=True, slots=True)
class ConfigLine:
    """A line of TOML with the source from which it was read; a promise is written as a comment."""

    toml: str
    source: str = field(default="", compare=False)
    promise: bool = False
    indent: str = ""

    def __str__(self) -> str:
        comment = f"  # {printable(self.source)}" if self.source else ""
        return f"{self.indent}{TODO if self.promise else ''}{self.toml}{comment}".rstrip()


def array(values: Iterable[str]) -> str:
    """Return a TOML array of strings."""
    return f"[{', '.join(map(toml_string, values))}]"
