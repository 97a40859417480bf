"""Read the plain form of ``commonhold affected`` without click.

The command runs at every push and before every commit, and importing click would make it a third slower. Anything
else (help, a mistake, another command, an abbreviation) is left to click, so that its messages stay the same.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.options import AFFECTED, GLOBAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonhold.options import Option


class FastArguments(NamedTuple):
    """The values of a plain command line; the fields are the parameters of the options."""

    folder: str = "."
    config: str | None = None
    base: str | None = None
    head: str | None = None
    exact: bool = False
    as_json: bool = False


def read_plain(words: Sequence[str]) -> FastArguments | None:
    """Read a command line, or return ``None`` if click must read it."""
    if "affected" not in words:
        return None
    at = words.index("affected")
    before = _values(words[:at], GLOBAL)
    after = _values(words[at + 1 :], AFFECTED)
    if before is None or after is None or ("exact" in after and "base" not in after):
        return None
    return FastArguments(**before, **after)  # type: ignore[arg-type]


def _values(words: Sequence[str], options: Iterable[Option]) -> dict[str, str | bool] | None:
    # Whether an optional value follows is click's decision, so such an option is not plain.
    known = {option.flag: option for option in options if not option.value_optional}
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
