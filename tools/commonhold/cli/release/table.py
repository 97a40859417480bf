"""Print tables on stdout. On a narrow terminal, columns with sentences are printed below their row."""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold.cli.terminal import BOLD, emit, paint
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_GAP = "  "
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of a table row, and the style of their text."""

    cells: Sequence[str]
    style: str = ""


def print_table(headings: Sequence[str], rows: Iterable[TableRow], *, sentences: int) -> None:
    """Print a table whose last columns contain sentences; ``sentences`` is the number of these columns."""
    shown = [replace(row, cells=[printable(cell) for cell in row.cells]) for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *(row.cells for row in shown), strict=True)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    sizes = (len(widths), *range(len(widths) - sentences, 1, -1))
    inline = next((size for size in sizes if _width(widths[:size]) <= width), sizes[-1])
    emit(paint(_line(headings[:inline], widths), BOLD))
    for row in shown:
        # A column without sentences needs its heading if it is printed below the row.
        moved = zip(headings[inline : len(widths) - sentences], row.cells[inline:], strict=False)
        below = [
            ", ".join(f"{heading}: {cell}" for heading, cell in moved),
            *row.cells[max(inline, len(widths) - sentences) :],
        ]
        for line in (_line(row.cells[:inline], widths), *_below(below, width)):
            emit(paint(line, row.style) if row.style else line)


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def _below(cells: Iterable[str], width: int) -> Iterator[str]:
    # Names and addresses are not split across lines, so that they can be copied.
    wrapper = textwrap.TextWrapper(
        width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False, break_long_words=False
    )
    for cell in cells:
        yield from wrapper.wrap(cell)
