"""How a build looks: a bar on a terminal, lines elsewhere, and what failed in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.cli.release.progress_bar import watch
from commonhold.cli.terminal import BOLD, DIM, GREEN, RED, echo_err, emit, paint
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from rich.progress import Progress

    from commonhold.release.builder.release_build import BuildReporter, BuildResult


class BuildLines:
    """A reporter that writes a line for whatever happened."""

    def begins(self, total: int) -> None:
        echo_err(f"{total} plugins are to be built")

    def prepares(self, requires: Sequence[str]) -> None:
        self.say(f"an environment with {', '.join(requires)}", DIM)

    def built(self, plugin: str) -> None:
        self.say(f"{plugin}: built", GREEN)

    def failed(self, plugin: str, why: str, last: Sequence[str]) -> None:
        self.say(f"{plugin}: {why}", RED)
        for line in last:
            self.say(f"    {line}", DIM)

    def say(self, text: str, style: str) -> None:
        """A line for a person; what a build wrote may hold anything."""
        echo_err(printable(text), style)


class BuildBar(BuildLines):
    """The same above a progress bar, without the lines for what went well."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("building", total=None)

    def begins(self, total: int) -> None:
        self._progress.reset(self._task, total=total)

    def prepares(self, requires: Sequence[str]) -> None:
        """Nobody waits for it long enough to be told."""

    def built(self, plugin: str) -> None:
        self._progress.advance(self._task)

    def failed(self, plugin: str, why: str, last: Sequence[str]) -> None:
        self._progress.advance(self._task)
        super().failed(plugin, why, last)


def watch_build() -> AbstractContextManager[BuildReporter]:
    """A reporter that suits stderr."""
    return watch(BuildLines, BuildBar)


def report_build(result: BuildResult, logs: str) -> None:
    """How many are built, and which are not."""
    already = f", {len(result.already)} of them before" if result.already else ""
    total = len(result.built) + len(result.already)
    emit(f"{total} of {total + len(result.failed)} plugins are built{already}")
    for name, why in result.failed.items():
        emit(f"  {paint(name, BOLD)}  {printable(why)}")
    if result.failed:
        echo_err(f"The logs are in {logs}")
