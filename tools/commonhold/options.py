"""Define the options of ``affected`` once for click, the fast argument parser and the nox session."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Option(NamedTuple):
    """One option. An option without ``metavar`` is a flag; if ``value_optional``, the value may be omitted.

    ``alias`` is another spelling of the flag.
    """

    flag: str
    parameter: str
    help: str
    metavar: str = ""
    value_optional: bool = False
    default: str | None = None
    alias: str = ""

    @property
    def is_flag(self) -> bool:
        """True if the option never takes a value."""
        return not self.metavar

    @property
    def usage(self) -> str:
        """The option as users write it, such as ``--base REV``."""
        return f"{self.flag} {self.metavar}".rstrip()


QUIET = Option("-q", "quiet", "Print only the result and errors.", alias="--quiet")
VERBOSE = Option("-v", "verbose", "Also print every warning, and each program that is run.", alias="--verbose")
VERBOSITY = (QUIET, VERBOSE)
"""The options that may precede or follow the command name; they mean the same for every command."""

GLOBAL = (
    Option("-C", "folder", "Run as if started in DIR.", "DIR", default="."),
    Option(
        "--config", "config", "Read [tool.commonhold] from FILE instead of pyproject.toml or commonhold.toml.", "FILE"
    ),
    *VERBOSITY,
)
"""The options that precede the command name."""

BASE = Option("--base", "base", "Compare with the merge base of REV and head.", "REV")
HEAD = Option("--head", "head", "Read commit REV instead of the working tree.", "REV")
EXACT = Option("--exact", "exact", "Compare with REV itself instead of the merge base.")
COMPARISON = (BASE, HEAD, EXACT)
"""The options that select the two trees to compare."""

JSON = Option("--json", "as_json", "Print JSON instead of text.")
EXPLAIN = Option(
    "--explain", "explain", "Print every reason for each plugin, or only for PLUGIN.", "[PLUGIN]", value_optional=True
)
AFFECTED = (*COMPARISON, JSON, EXPLAIN)

EXACT_WITHOUT_BASE = "--exact needs --base REV"
"""The error message that every parser prints for the only invalid combination of options."""


def usage(options: Iterable[Option]) -> str:
    """Join the options for a message, such as ``--base REV, --exact``."""
    return ", ".join(option.usage for option in options)
