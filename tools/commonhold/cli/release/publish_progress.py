"""How a publication and a verification look: a bar on a terminal, lines elsewhere, and what is left in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.cli.release.progress_bar import watch
from commonhold.cli.terminal import BOLD, DIM, GREEN, RED, YELLOW, echo_err, emit, paint
from commonhold.release.model.journal_events import (
    Conflict,
    Deferred,
    HeldBack,
    NotVerified,
    Rejected,
    Uploaded,
    Verified,
)
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from rich.progress import Progress, TaskID

    from commonhold.index.addresses import Address
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.publish import PublishReporter


class PublishLines:
    """A reporter that writes a line for whatever happened."""

    def begins(self, what: str, total: int, unit: str) -> None:
        echo_err(f"{what} {total} {unit}")

    def tells(self, event: Event) -> None:
        line = _line(event)
        if line is not None:
            self.say(*line)

    def waits(self, file: str, seconds: float, why: str) -> None:
        self.say(f"{file}: {why}; again in {seconds:.0f} s", DIM)

    def say(self, text: str, style: str) -> None:
        """A line for a person; what an index or uv said may hold anything."""
        echo_err(printable(text), style)


class PublishBar(PublishLines):
    """The same above a progress bar, without the lines for what went well."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begins(self, what: str, total: int, unit: str) -> None:
        self._task = self._progress.add_task(what, total=total)

    def tells(self, event: Event) -> None:
        if self._task is not None and isinstance(event, Uploaded | Verified | NotVerified):
            self._progress.advance(self._task)
        if not isinstance(event, Uploaded | Verified):
            super().tells(event)


def watch_index() -> AbstractContextManager[PublishReporter]:
    """A reporter that suits stderr."""
    return watch(PublishLines, PublishBar)


def _line(event: Event) -> tuple[str, str] | None:
    if isinstance(event, Uploaded):
        return f"{event.file}: {'there already' if event.already else 'up'}", GREEN
    if isinstance(event, Conflict):
        return (
            f"{event.file}: the index has another one, SHA-256 {event.theirs or 'not told'}; ours is {event.ours}",
            RED,
        )
    if isinstance(event, Rejected):
        return (
            f"{event.file}: {f'refused ({event.status})' if event.status else 'cannot be uploaded'}: {event.why}",
            RED,
        )
    if isinstance(event, Deferred):
        until = f", until {event.until:%Y-%m-%d %H:%M} UTC" if event.until else ""
        return f"{event.file}: left for later{until}: {event.why}", YELLOW
    if isinstance(event, Verified):
        return f"{event.plugin}: verified", GREEN
    if isinstance(event, NotVerified):
        return f"{event.plugin}: not verified: {event.why}", RED
    if isinstance(event, HeldBack):
        return f"{event.plugin}: held back: {event.why}", YELLOW
    return None


def report_publication(state: ReleaseState, address: Address) -> None:
    """What is up, and why what was to go up is not."""
    up = [standing for standing in state.released if standing.is_uploaded]
    emit(f"{len(up)} of {len(state.released)} plugins are on {address.upload}")
    _list(standing for standing in state.left if standing.is_uploadable)


def report_verified(state: ReleaseState, address: Address) -> None:
    """What the index serves, and why not what was uploaded."""
    good = [standing for standing in state.released if standing.status is PluginStatus.VERIFIED]
    emit(f"{len(good)} of {len(state.released)} plugins are verified on {address.upload}")
    _list(
        standing for standing in state.released if standing.status in (PluginStatus.UPLOADED, PluginStatus.UNVERIFIED)
    )


def _list(standings: Iterable[PluginState]) -> None:
    for standing in standings:
        why = printable(standing.why) or "not tried"
        emit(f"  {paint(standing.plugin.name, BOLD)}  {standing.status.value}: {why}")
