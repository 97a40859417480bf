"""Write data to stdout and messages to stderr, with colours only on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from typing import TextIO

BOLD, DIM, RED, GREEN, YELLOW, CYAN = "1", "2", "31", "32", "33", "36"


def has_colours(stream: TextIO) -> bool:
    """Whether output may be coloured: NO_COLOR (no-color.org) and FORCE_COLOR (force-color.org) decide first."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (os.environ.get("TERM") != "dumb" and stream.isatty())


def paint(text: str, *styles: str, stream: TextIO | None = None) -> str:
    """Colour text if ``stream`` (default: stdout) is a terminal."""
    return coloured(text, *styles) if has_colours(stream or sys.stdout) else text


def coloured(text: str, *styles: str) -> str:
    """Colour text in any case."""
    return f"\x1b[{';'.join(styles)}m{text}\x1b[0m" if text and styles else text


def columns(stream: TextIO | None = None) -> int | None:
    """Return the width of the terminal to which ``stream`` (default: stdout) writes; ``None`` without a terminal."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return None
    try:
        return int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def emit(text: str) -> None:
    """Print lines of data to stdout. The text is escaped already."""
    click.echo(text, color=True)  # `paint` has decided


def echo(text: str, *styles: str) -> None:
    """Print a message to stderr. The text is escaped already."""
    click.echo("\n".join(paint(line, *styles, stream=sys.stderr) for line in wrapped(text)), err=True, color=True)


def echo_error(message: str, hint: str | None = None) -> None:
    """Print an error to stderr, and its hint below."""
    first, *more = [printable(line) for line in message.split("\n")]
    lines = wrapped("\n".join((f"error: {first}", *more)))
    lines[0] = lines[0].replace("error:", paint("error:", RED, BOLD, stream=sys.stderr), 1)
    click.echo("\n".join(lines), err=True, color=True)
    if hint:
        echo("\n".join(f"  {printable(line)}" for line in hint.split("\n")), DIM)


def wrapped(text: str, stream: TextIO | None = None, indent: int = 2) -> list[str]:
    """Break text for the terminal of ``stream`` (default: stderr) at blanks, but not inside a word.

    Lines after the first are indented by ``indent`` more.
    """
    width = columns(stream or sys.stderr)
    if width is None:
        return text.split("\n")
    from textwrap import wrap

    lines = []
    for line in text.split("\n"):
        margin = " " * (len(line) - len(line.lstrip(" ")) + indent)
        broken = wrap(line, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False)
        lines += broken or [""]
    return lines
