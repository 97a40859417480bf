"""How far a phase is: a bar on a terminal, lines elsewhere. What is said meanwhile stands above the bar."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from rich.progress import Progress

    T = TypeVar("T")


@contextlib.contextmanager
def watch(lines: Callable[[], T], bar: Callable[[Progress], T]) -> Iterator[T]:
    """A reporter that suits stderr."""
    if not sys.stderr.isatty():
        yield lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        yield bar(progress)
