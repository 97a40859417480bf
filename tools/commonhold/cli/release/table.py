"""A table for people: as wide as it is, or, where a terminal is too narrow, with its sentences below each row."""

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
    """The cells of a row, and in which style it is painted."""

    cells: Sequence[str]
    style: str = ""


def print_table(headings: Sequence[str], rows: Iterable[TableRow], *, sentences: int) -> None:
    """Print a table on stdout. Its last columns, so many, hold sentences, which may stand below."""
    shown = [replace(row, cells=[printable(cell) for cell in row.cells]) for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *(row.cells for row in shown), strict=True)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    fits = sum(widths) + len(_GAP) * (len(widths) - 1) <= width
    beside = widths if fits else widths[:-sentences]
    emit(paint(_line(headings, beside), BOLD))
    for row in shown:
        for line in (_line(row.cells, beside), *_below(row.cells[len(beside) :], width)):
            emit(paint(line, row.style) if row.style else line)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def _below(cells: Iterable[str], width: int) -> Iterator[str]:
    # A name or an address stays in one piece, so that it can be copied.
    wrapper = textwrap.TextWrapper(
        width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False, break_long_words=False
    )
    for cell in cells:
        yield from wrapper.wrap(cell)
