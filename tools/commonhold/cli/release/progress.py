"""Show the progress of a release on stderr: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from commonhold.cli.release.results import print_result
from commonhold.cli.terminal import BOLD, DIM, GREEN, RED, YELLOW, echo_err, echo_error, is_quiet
from commonhold.release.model.journal_events import (
    Conflict,
    Deferred,
    HeldBack,
    NotVerified,
    Rejected,
    Uploaded,
    Verified,
)
from commonhold.release.model.reporter import SilentReporter
from commonhold.text import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from rich.progress import Progress, TaskID

    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.store import Store
    from commonhold.release.pipeline import Phase, PhaseResult


MAX_AWAITED = 5
"""The maximum number of awaited plugins to list with their problems."""


class LineReporter(SilentReporter):
    """A reporter that prints a line for each result."""

    def started(self, task: str, total: int | None, unit: str) -> None:
        if total is not None:
            echo_err(f"{task}: {total} {unit if total != 1 else unit.removesuffix('s')}")

    def recorded(self, event: Event) -> None:
        line = _event_line(event)
        if line is not None:
            self.print(*line)

    def retrying(self, file: str, seconds: float, why: str) -> None:
        self.print(f"{file}: {why}; retrying in {seconds:.0f} s", DIM)

    def waiting(self, plugins: Mapping[str, str], until: datetime) -> None:
        self.print(f"waiting for {count(len(plugins), 'plugin')} until {until:%H:%M:%S} UTC", YELLOW)
        for name, why in [*plugins.items()][:MAX_AWAITED]:
            for line in _wrapped(f"{name}: {printable(why)}"):
                self.print(line, DIM)
        if len(plugins) > MAX_AWAITED:
            self.print(f"    and {len(plugins) - MAX_AWAITED} more", DIM)

    def preparing(self, requirements: Sequence[str]) -> None:
        self.print(f"preparing an environment with {', '.join(requirements)}", DIM)

    def built(self, plugin: str) -> None:
        self.print(f"{plugin}: built", GREEN)

    def failed(self, plugin: str, why: str, log: Sequence[str]) -> None:
        self.print(f"{plugin}: {why}", RED)
        for line in log:
            echo_error(f"    {printable(line)}", DIM)

    def phase_started(self, phase: Phase) -> None:
        echo_err(phase.value, BOLD)

    def phase_finished(self, result: PhaseResult, store: Store | None) -> None:
        # The bar is removed first, because a bar and a table would overwrite each other on a terminal.
        self.stop()
        print_result(result, store)

    def noted(self, message: str) -> None:
        self.print(message, BOLD)

    def print(self, text: str, style: str) -> None:
        """Print text that may come from a build, an index or uv."""
        (echo_error if style == RED else echo_err)(printable(text), style)

    def stop(self) -> None:
        """End the current display, so that other output can be printed."""


class BarReporter(LineReporter):
    """A reporter that shows a progress bar for each task, and prints lines only for problems."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._awaited: Mapping[str, str] = {}

    def started(self, task: str, total: int | None, unit: str) -> None:
        if self._progress is None:
            self._progress = _make_progress()
            self._progress.start()
        self._task = self._progress.add_task(task, total=total)

    def advanced(self, name: str) -> None:
        self._advance()

    def recorded(self, event: Event) -> None:
        if isinstance(event, Uploaded | Verified | NotVerified):
            self._advance()
        if not isinstance(event, Uploaded | Verified):
            super().recorded(event)

    def waiting(self, plugins: Mapping[str, str], until: datetime) -> None:
        """Print the awaited plugins only if they have changed, because the bar shows that the wait continues."""
        if plugins != self._awaited:
            super().waiting(plugins, until)
        self._awaited = plugins

    def preparing(self, requirements: Sequence[str]) -> None:
        """Print nothing: an environment is ready before anyone could read a line about it."""

    def built(self, plugin: str) -> None:
        self._advance()

    def failed(self, plugin: str, why: str, log: Sequence[str]) -> None:
        self._advance()
        super().failed(plugin, why, log)

    def stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._progress = self._task = None

    def _advance(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task)


def make_reporter() -> LineReporter:
    """Return a reporter for this process's stderr."""
    return BarReporter() if sys.stderr.isatty() and not is_quiet() else LineReporter()


@contextlib.contextmanager
def show_progress() -> Iterator[LineReporter]:
    """Yield a reporter for one phase, and end its display after the ``with`` block."""
    reporter = make_reporter()
    try:
        yield reporter
    finally:
        reporter.stop()


def _make_progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)


def _wrapped(text: str) -> list[str]:
    """Split and indent text for a terminal of any width. File names are not split, so that they can be copied."""
    width = shutil.get_terminal_size().columns if sys.stderr.isatty() else sys.maxsize
    indent = "    "
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=2 * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _event_line(event: Event) -> tuple[str, str] | None:
    match event:
        case Uploaded():
            return f"{event.file}: {'already on the index' if event.already else 'uploaded'}", GREEN
        case Conflict():
            theirs = event.theirs or "unknown"
            return (
                f"{event.file}: the index has a different file with SHA-256 {theirs}, but {event.ours} was built",
                RED,
            )
        case Rejected():
            problem = f"rejected ({event.status})" if event.status else "cannot be uploaded"
            return f"{event.file}: {problem}: {event.why}", RED
        case Deferred():
            until = f" until {event.until:%Y-%m-%d %H:%M} UTC" if event.until else ""
            return f"{event.file}: deferred{until}: {event.why}", YELLOW
        case Verified():
            return f"{event.plugin}: verified", GREEN
        case NotVerified():
            return f"{event.plugin}: not verified: {event.why}", RED
        case HeldBack():
            return f"{event.plugin}: held back: {event.why}", YELLOW
        case _:
            return None
