"""Writing to people and to programs: data on stdout, words on stderr, colour only where somebody looks.

click does the same; importing it costs as much as a whole selection on a small repository, which is
why nothing that ``commonhold affected`` needs imports it (``docs/reference/benchmarks.md``).
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from typing import TextIO

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"


def echo_err(text: str, *styles: str) -> None:
    """A line for a person, on stderr; one who has gone misses nothing."""
    try:
        print(paint(text, *styles, stream=sys.stderr), file=sys.stderr)
    except OSError:
        return


def emit(text: str) -> None:
    """A line of data, on stdout.

    Raises ``BrokenPipeError`` when its reader has gone, ``ToolError`` when it cannot be written.
    """
    _write(text, "\n", flush=False)


def finish() -> None:
    """Hand over all that was given; raises as :func:`give` does."""
    _write("", "", flush=True)


def _write(text: str, end: str, *, flush: bool) -> None:
    try:
        print(text, end=end, flush=flush)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ToolError(f"the answer cannot be written: {error.strerror}") from error


def prepare() -> None:
    """Make stdout and stderr take whatever they are given, whoever has started this process, in whatever locale."""
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr is anyway


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8", errors="backslashreplace")


def paint(text: str, *styles: str, stream: TextIO | None = None) -> str:
    """``text`` in colour if ``stream`` (stdout) is a terminal whose user has not said NO_COLOR (no-color.org)."""
    stream = stream or sys.stdout
    if not styles or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{';'.join(styles)}m{text}\x1b[0m"
