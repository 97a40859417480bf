"""Read the targets of a Makefile with the lines of their recipes, without running make."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
"""The names of Makefiles in make's order."""

_RULE = re.compile(r"([^\s:=#][^:=#]*)::?(?!=)")
_VARIABLE = re.compile(r"(?:export\s+)?([\w.-]+)\s*(?:\?|:{0,2})=\s*(.*)")
_REFERENCE = re.compile(r"\$[({]([\w.-]+)[)}]")
_MOST_REPLACED = 20


@dataclass(frozen=True, slots=True)
class Makefile:
    """The recipes of targets, each as lines with their numbers, and the first value of each variable."""

    recipes: Mapping[str, tuple[tuple[int, str], ...]]
    variables: Mapping[str, str]

    def expand(self, text: str, values: Mapping[str, str]) -> str:
        """Replace references to variables; ``values`` are given on the command line. Unknown ones become empty."""
        known = {**self.variables, **values}
        for _ in range(_MOST_REPLACED):
            replaced = _REFERENCE.sub(lambda match: known.get(match[1], "")[:1000], text[:10_000], count=_MOST_REPLACED)
            if replaced == text:
                break
            text = replaced
        return text


def read_makefile(data: bytes) -> Makefile:
    """Read the explicit rules and variables; other parts, such as conditions, are ignored."""
    recipes: dict[str, list[tuple[int, str]]] = {}
    variables: dict[str, str] = {}
    current: list[str] = []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        if line.startswith("\t"):
            for target in current:
                recipes[target].append((number, line.strip().lstrip("@-").strip()))
            continue
        if not line.strip() or line.startswith(("#", " ")):
            continue
        variable, rule = _VARIABLE.match(line), _RULE.match(line)
        if variable:
            variables.setdefault(variable[1], variable[2].partition(" #")[0].strip())
            current = []
        elif rule:
            current = rule[1].split()
            for target in current:
                recipes.setdefault(target, [])
    return Makefile({target: tuple(lines) for target, lines in recipes.items()}, variables)
