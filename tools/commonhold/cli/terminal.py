"""Write data to stdout and messages to stderr, with colours only on a terminal.

click provides the same functions, but importing it takes as long as a complete selection in a small repository. So the
modules that ``commonhold affected`` uses do not import click (see ``docs/reference/benchmarks.md``).
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ToolError
from commonhold.text import printable, wrap_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
_DIFF_STYLES = {"+": (GREEN,), "-": (RED,), "@": (BOLD,)}


class _Output:
    verbosity = ""
    traced = False


def set_verbosity(verbosity: str) -> None:
    """Print fewer messages (``quiet``), more (``verbose``), or the usual ones (``""``)."""
    _Output.verbosity = verbosity
    if verbosity == "verbose" and not _Output.traced:
        from commonhold.vcs.trace import trace_programs

        _Output.traced = True
        trace_programs(lambda line: echo_err(line, DIM, wrap=False) if is_verbose() else None)


def is_quiet() -> bool:
    """Return whether only the result and errors are printed."""
    return _Output.verbosity == "quiet"


def is_verbose() -> bool:
    """Return whether details are printed."""
    return _Output.verbosity == "verbose"


def echo_err(text: str, *styles: str, wrap: bool = True) -> None:
    """Print a message to stderr, unless the command is quiet."""
    if not is_quiet():
        echo_error(text, *styles, wrap=wrap)


def echo_error(text: str, *styles: str, wrap: bool = True) -> None:
    """Print an error to stderr; ignore a closed stderr, because the data on stdout is still useful.

    ``wrap`` breaks long lines on a terminal. Lines to copy, such as TOML with comments, are not broken.
    """
    width = columns(sys.stderr) if wrap else None
    if width is not None:
        text = "\n".join(part for line in text.split("\n") for part in wrap_line(line, width))
    try:
        print(paint(text, *styles, stream=sys.stderr), file=sys.stderr)
    except OSError:
        return


def emit_wrapped(text: str) -> None:
    """Print a line for readers, which is broken on a narrow terminal; see :func:`emit`."""
    for line in wrap_line(text, columns()):
        emit(line)


def emit(text: str) -> None:
    """Print a line of data to stdout.

    Raises ``BrokenPipeError`` if the reader has exited, and ``ToolError`` if the line cannot be written.
    """
    _write(text, "\n", flush=False)


def emit_markdown(text: str) -> None:
    """Print Markdown: laid out on a terminal, and as it is elsewhere. ``text`` contains no control characters."""
    width = columns()
    if width is None:
        emit(text.rstrip("\n"))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(width=width, no_color=not _has_colours(sys.stdout), highlight=False)
    with console.capture() as capture:
        console.print(Markdown(text))
    emit(capture.get().rstrip("\n"))


def emit_diff(lines: Iterable[str]) -> None:
    """Print a unified diff. Without a terminal, nothing is escaped, so that ``git apply`` accepts the output."""
    to_person = sys.stdout.isatty() or _has_colours(sys.stdout)
    for line in lines:
        emit(paint(diff_line(line), *_DIFF_STYLES.get(line[:1], ())) if to_person else line)


def diff_line(line: str) -> str:
    """Return a line of a diff for a terminal: tabs stay, other control characters are escaped."""
    return "\t".join(map(printable, line.removesuffix("\r").split("\t")))


def finish() -> None:
    """Flush stdout. Raises the same errors as :func:`emit`."""
    _write("", "", flush=True)


def _write(text: str, end: str, *, flush: bool) -> None:
    try:
        print(text, end=end, flush=flush)
    except BrokenPipeError:  # also an OSError, but `main` handles it without a message
        raise
    except OSError as error:
        raise ToolError(f"cannot write to stdout: {error.strerror}") from error


def prepare() -> None:
    """Make stdout and stderr accept every character in every locale, even if the parent process closed them."""
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # Python's default for stderr


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8", errors="backslashreplace")


def paint(text: str, *styles: str, stream: TextIO | None = None) -> str:
    """Colour text if ``stream`` (default: stdout) is a terminal.

    NO_COLOR (no-color.org) turns colours off, and FORCE_COLOR (force-color.org) turns them on for any stream.
    """
    return _coloured(text, styles) if styles and _has_colours(stream or sys.stdout) else text


def columns(stream: TextIO | None = None) -> int | None:
    """Return the width of the terminal to which ``stream`` (default: stdout) writes; ``None`` without a terminal."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return None
    try:
        return int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def _has_colours(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (os.environ.get("TERM") != "dumb" and stream.isatty())


def _coloured(text: str, styles: tuple[str, ...]) -> str:
    return f"\x1b[{';'.join(styles)}m{text}\x1b[0m"
