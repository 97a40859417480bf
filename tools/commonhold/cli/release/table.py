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
    fits = sum(widths) + len(_GAP) * (len(widths) - 1) <= width
    in_line = widths if fits else widths[:-sentences]
    emit(paint(_line(headings, in_line), BOLD))
    for row in shown:
        for line in (_line(row.cells, in_line), *_below(row.cells[len(in_line) :], width)):
            emit(paint(line, row.style) if row.style else line)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def _below(cells: Iterable[str], width: int) -> Iterator[str]:
    # Names and addresses are not split across lines, so that they can be copied.
    wrapper = textwrap.TextWrapper(
        width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False, break_long_words=False
    )
    for cell in cells:
        yield from wrapper.wrap(cell)
