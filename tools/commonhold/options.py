"""Define the options of ``affected`` once, for click, the fast argument reader and the nox session."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Option(NamedTuple):
    """One option. Without ``metavar`` it is a flag; ``value_optional`` means that its value may be left out."""

    flag: str
    parameter: str
    help: str
    metavar: str = ""
    value_optional: bool = False
    default: str | None = None

    @property
    def is_flag(self) -> bool:
        """Return whether the option never takes a value."""
        return not self.metavar

    @property
    def usage(self) -> str:
        """The option as a user writes it, such as ``--base REV``."""
        return f"{self.flag} {self.metavar}".rstrip()


GLOBAL = (
    Option("-C", "folder", "Run as if started in DIR.", "DIR", default="."),
    Option("--config", "config", "Read [tool.commonhold] from FILE instead of the root's pyproject.toml.", "FILE"),
)
"""The options before the name of a command."""

BASE = Option("--base", "base", "Compare with the merge base of REV and head.", "REV")
HEAD = Option("--head", "head", "Read this commit instead of the working tree.", "REV")
EXACT = Option("--exact", "exact", "Compare with REV itself instead of the merge base.")
COMPARISON = (BASE, HEAD, EXACT)
"""The options that select the two trees to compare."""

JSON = Option("--json", "as_json", "Print JSON (schema 1) instead of text.")
EXPLAIN = Option(
    "--explain", "explain", "Print every reason, of each plugin or of PLUGIN.", "[PLUGIN]", value_optional=True
)
AFFECTED = (*COMPARISON, JSON, EXPLAIN)

EXACT_WITHOUT_BASE = "--exact needs --base REV"
"""The message of every reader for the one combination that makes no sense."""


def usage(options: Iterable[Option]) -> str:
    """Join the options for a message, such as ``--base REV, --exact``."""
    return ", ".join(option.usage for option in options)
