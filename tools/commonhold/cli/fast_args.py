"""Parse simple ``commonhold affected`` command lines without click.

The command runs at every push and before every commit, and importing click would make it a third slower. click parses
everything else (help, mistakes, other commands, abbreviations), so that all error messages come from click.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.options import AFFECTED, GLOBAL, VERBOSITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonhold.options import Option


class FastArguments(NamedTuple):
    """The values of a simple command line; the fields are named after the options' parameters."""

    folder: str = "."
    config: str | None = None
    base: str | None = None
    head: str | None = None
    exact: bool = False
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False


def read_plain(words: Sequence[str]) -> FastArguments | None:
    """Parse a command line, or return ``None`` if click must parse it."""
    if "affected" not in words:
        return None
    at = words.index("affected")
    before = _values(words[:at], GLOBAL)
    after = _values(words[at + 1 :], (*AFFECTED, *VERBOSITY))
    if before is None or after is None or ("exact" in after and "base" not in after):
        return None
    # If several options set the same value, click uses the last option.
    if sum(option.parameter in each for option in VERBOSITY for each in (before, after)) > 1:
        return None
    return FastArguments(**before, **after)  # type: ignore[arg-type]


def _values(words: Sequence[str], options: Iterable[Option]) -> dict[str, str | bool] | None:
    # click decides whether an optional value follows, so options with an optional value are left to click.
    known = {name: each for each in options for name in (each.flag, each.alias) if name and not each.value_optional}
    found: dict[str, str | bool] = {}
    remaining = iter(words)
    for word in remaining:
        option = known.get(word)
        if option is None:
            return None
        if option.is_flag:
            found[option.parameter] = True
        elif (value := next(remaining, None)) is not None:
            found[option.parameter] = value
        else:
            return None
    return found
