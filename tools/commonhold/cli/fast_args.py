"""The plain form of ``commonhold affected``, read without a parser for options.

It runs at every push and before every commit, and importing click would make it a third slower. What
is not plain (help, a mistake, another command, an abbreviation) is click's to read: this knows no
option that ``cli/affected.py`` does not declare, and a test holds the two together.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BEFORE = {"-C": "folder", "--config": "config"}
VALUES = {"--base": "base", "--head": "head"}
FLAGS = {"--exact": "exact", "--json": "as_json"}


class Plain(NamedTuple):
    """A command line of this form."""

    folder: str = "."
    config: str | None = None
    base: str | None = None
    head: str | None = None
    exact: bool = False
    as_json: bool = False


def read_plain(words: Sequence[str]) -> Plain | None:
    """The command line as values, or ``None`` when it is not plain."""
    if "affected" not in words:
        return None
    at = words.index("affected")
    before = _options(words[:at], BEFORE, {})
    after = _options(words[at + 1 :], VALUES, FLAGS)
    if before is None or after is None or ("exact" in after and "base" not in after):
        return None
    return Plain(**before, **after)  # type: ignore[arg-type]


def _options(words: Sequence[str], values: Mapping[str, str], flags: Mapping[str, str]) -> dict[str, str | bool] | None:
    found: dict[str, str | bool] = {}
    todo = iter(words)
    for word in todo:
        if word in flags:
            found[flags[word]] = True
        elif word in values and (value := next(todo, None)) is not None:
            found[values[word]] = value
        else:
            return None
    return found
