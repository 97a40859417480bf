"""Writing to people and to programs: data on stdout, words on stderr, colour only where somebody looks.

click does the same; importing it costs as much as a whole selection on a small repository, which is
why nothing that ``commonhold affected`` needs imports it (``docs/reference/benchmarks.md``).
"""

from __future__ import annotations

import os
import sys

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"


def say(text: str, *styles: str) -> None:
    """A line for a person, on stderr."""
    print(paint(text, *styles, stream=sys.stderr), file=sys.stderr)


def give(text: str) -> None:
    """A line of data, on stdout."""
    print(text)


def paint(text: str, *styles: str, stream: TextIO | None = None) -> str:
    """``text`` in colour if ``stream`` (stdout) is a terminal whose user has not said NO_COLOR (no-color.org)."""
    stream = stream or sys.stdout
    if not styles or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{';'.join(styles)}m{text}\x1b[0m"
