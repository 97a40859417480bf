"""List the environments of ``tox.ini``, with the line of each, also the ones that are commented out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIST = re.compile(r"\s*(?:envlist|env_list)\s*=\s*(.*)")
_BRACES = re.compile(r"\{([^{}]*)\}")
_PYTHON = re.compile(r"py(\d)(\d{1,2})|py(\d)\.(\d{1,2})")
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class ToxEnvironment:
    """An environment of ``envlist`` with its line; ``commented`` if the line is a comment."""

    name: str
    line: int
    commented: bool = False

    @property
    def python(self) -> str | None:
        """The Python version that a factor of the name selects.

        >>> ToxEnvironment("py310-test-a", 1).python
        '3.10'
        """
        for factor in self.name.split("-"):
            match = _PYTHON.fullmatch(factor)
            if match:
                return f"{match[1] or match[3]}.{match[2] or match[4]}"
        return None


def tox_environments(data: bytes) -> tuple[ToxEnvironment, ...]:
    """Return the environments in ``envlist``; at most 10,000 of them."""
    return tuple(islice(_environments(data.decode("utf-8", "replace")), _MOST))


def _environments(text: str) -> Iterator[ToxEnvironment]:
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        match = _LIST.match(line)
        if match:
            inside, line = True, match[1]  # noqa: PLW2901
        elif line[:1].strip() and line[0] not in "#;":
            inside = False
        if not inside:
            continue
        stripped = line.strip()
        commented = stripped[:1] in ("#", ";")
        for name in _expand(re.split(r"\s[#;]", stripped.lstrip("#; "))[0], words_only=commented):
            yield ToxEnvironment(name, number, commented)


def _expand(text: str, *, words_only: bool) -> Iterator[str]:
    """Expand the braces of environment names; prose in a comment contains no environment."""
    if words_only and " " in text.strip():
        return
    for part in re.findall(r"(?:\{[^{}]*\}|[^,\s])+", text):
        pieces = _BRACES.split(part.replace(" ", ""))
        choices = [piece.split(",") if index % 2 else [piece] for index, piece in enumerate(pieces)]
        for chosen in islice(product(*choices), _MOST):
            name = "".join(chosen).strip("-")
            if name:
                yield name
