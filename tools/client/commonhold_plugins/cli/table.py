"""Lay out tables for a terminal of any width, and for a pipe; rich would take longer to import than a search takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from commonhold_plugins.cli.terminal import BOLD, DIM, coloured, columns, emit, has_colours, paint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Cell = str | tuple[str, ...]
"""Escaped text, or text and its styles."""

_GAP = 2
_NARROWEST = 24


def print_table(head: Sequence[str], rows: Sequence[Sequence[Cell]], *, whole: bool = False) -> None:
    """Print a table whose last column takes the rest of the line; in a narrow terminal, it gets a line of its own.

    The last column is shortened to one line, or broken at blanks if it must be ``whole``. Without a terminal, neither
    happens.
    """
    if not rows:
        return
    width = columns()
    titles: list[Cell] = [(name.upper(), DIM) for name in head]
    texts = [tuple([cell if type(cell) is str else cell[0] for cell in row]) for row in (titles, *rows)]
    wide = None if all(text.isascii() for row in texts for text in row) else text_width
    widths = [max(map(wide or len, column)) for column in zip(*texts, strict=True)]
    if width is None and wide is None and not has_colours(sys.stdout):
        template = (" " * _GAP).join((*(f"%-{space}s" for space in widths[:-1]), "%s"))
        emit("\n".join([(template % row).rstrip() for row in texts]))
        return
    left = sum(widths[:-1]) + _GAP * (len(head) - 1)
    narrow = width is not None and width - left < min(_NARROWEST, widths[-1])
    rest = None if width is None else width - (_GAP if narrow else left)
    margin = _GAP if narrow else left
    style = coloured if has_colours(sys.stdout) else _unpainted
    lines: list[str] = []
    for row, shown in zip((titles, *rows), texts, strict=True):
        begin = ""
        for cell, text, space in zip(row[:-1], shown[:-1], widths[:-1], strict=True):
            begin += style(text, *cell[1:]) if isinstance(cell, tuple) else text
            begin += " " * (space - text_width(text) + _GAP)
        parts = _broken(shown[-1], rest) if whole else [cut(shown[-1], rest)]
        if narrow:
            lines.append(begin.rstrip())
            parts = [] if row is titles else parts
        else:
            lines.append((begin + _styled(style, parts.pop(0), row[-1])).rstrip())
        lines += [" " * margin + _styled(style, part, row[-1]) for part in parts if part]
    emit("\n".join(lines))


def _unpainted(text: str, *_: str) -> str:
    return text


def _styled(style: Callable[..., str], text: str, cell: Cell) -> str:
    return style(text, *cell[1:]) if isinstance(cell, tuple) else text


def _broken(text: str, width: int | None) -> list[str]:
    from textwrap import wrap

    return [text] if width is None else wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def print_fields(pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values, with values that are too long for the line broken at blanks."""
    from textwrap import wrap

    width = columns()
    margin = max((len(name) for name, _ in pairs), default=0) + _GAP
    for name, value in pairs:
        space = 10**6 if width is None else max(width - margin, _NARROWEST)
        lines = [
            part
            for line in value.split("\n")
            for part in wrap(line, space, break_long_words=False, break_on_hyphens=False) or [""]
        ]
        for number, line in enumerate(lines):
            title = name.ljust(margin) if number == 0 else " " * margin
            emit((paint(title, DIM) + line).rstrip())


def print_heading(text: str) -> None:
    """Print a heading after an empty line."""
    emit("")
    emit(paint(text, BOLD))


def text_width(text: str) -> int:
    """Return how many columns text takes: two for each wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    import unicodedata

    if unicodedata.combining(char) or char == "\u200d":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int | None) -> str:
    """Shorten text to a number of columns, with an ellipsis where it was cut."""
    if width is None or text_width(text) <= width:
        return text
    kept, total = [], 1
    for char in text:
        total += _char_width(char)
        if total > width:
            break
        kept.append(char)
    return f"{''.join(kept).rstrip()}…"
