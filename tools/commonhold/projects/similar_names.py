"""Decide whether readers or package indexes could confuse two names of distributions."""

from __future__ import annotations

import re

from commonhold.projects.names import normalize

_LOOKALIKES = str.maketrans({"o": "0", "l": "1", "i": "1"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SHORTEST = 4  # most pairs of shorter names differ in one letter
_LONG = 9  # from this length on, two differences are easily overlooked


def unify_name(name: str) -> str:
    """Return the form in which PyPI compares the name of a new project with existing names (``ultranormalize_name``).

    PyPI removes separators and unifies lookalike characters.

    >>> unify_name("My-Plugin.2"), unify_name("myp1ugin2")
    ('myp1ug1n2', 'myp1ug1n2')
    """
    return re.sub(r"[-_.]", "", name.lower()).translate(_LOOKALIKES)


def are_confusable(one: str, other: str) -> bool:
    """Return whether readers could take one name for the other.

    Separators, a plural "s", lookalike letters, and one typing error (two in long names) are easily overlooked.

    >>> are_confusable("jinja2", "jinja-2"), are_confusable("jinja2", "jnija2"), are_confusable("pint", "spark")
    (True, True, False)
    """
    first, second = _plain(one), _plain(other)
    if first == second:
        return True
    shorter = min(len(first), len(second))
    if shorter < _SHORTEST:
        return False
    return _distance(first, second) <= (2 if shorter >= _LONG else 1)


def _plain(name: str) -> str:
    text: str = normalize(name)
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return unify_name(text.removesuffix("s"))


def _distance(one: str, other: str) -> int:
    """Return the number of inserted, deleted, replaced and swapped letters (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, counterpart in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != counterpart))
            swapped = i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == counterpart
            row.append(min(cost, last[j - 2] + 1) if swapped else cost)
    return row[-1]
