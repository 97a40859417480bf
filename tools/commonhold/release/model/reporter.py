"""Define the interface for reporting the progress of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from commonhold.release.model.journal_events import Event


class Reporter(Protocol):
    """A receiver of progress reports while a release runs; only one thread calls it at a time.

    To handle only some of the calls, subclass :class:`SilentReporter`.
    """

    def started(self, task: str, total: int | None, unit: str) -> None:
        """Report that a task starts, such as "uploading" 12 "files"; ``total`` is ``None`` if the number is unknown."""

    def advanced(self, name: str) -> None:
        """Report that one step of the current task is done, for the plugin or project with this name."""

    def recorded(self, event: Event) -> None:
        """Report that an event of a publication or a verification was written to the journal."""

    def retrying(self, file: str, seconds: float, why: str) -> None:
        """Report that a file will be uploaded again after a pause."""

    def waiting(self, plugins: Mapping[str, str], until: datetime) -> None:
        """Report that a verification waits for the index; ``plugins`` maps each awaited plugin to its problem."""

    def preparing(self, requirements: Sequence[str]) -> None:
        """Report that a build environment with these requirements will be created."""

    def built(self, plugin: str) -> None:
        """Report that a plugin was built."""

    def failed(self, plugin: str, why: str, log: Sequence[str]) -> None:
        """Report that the build of a plugin failed; ``log`` contains the last lines of its output."""

    def noted(self, message: str) -> None:
        """Show a message to the user, such as the commit that will be released."""


class SilentReporter:
    """The default reporter, which ignores every call. Subclass it to handle only some calls."""

    def started(self, task: str, total: int | None, unit: str) -> None: ...

    def advanced(self, name: str) -> None: ...

    def recorded(self, event: Event) -> None: ...

    def retrying(self, file: str, seconds: float, why: str) -> None: ...

    def waiting(self, plugins: Mapping[str, str], until: datetime) -> None: ...

    def preparing(self, requirements: Sequence[str]) -> None: ...

    def built(self, plugin: str) -> None: ...

    def failed(self, plugin: str, why: str, log: Sequence[str]) -> None: ...

    def noted(self, message: str) -> None: ...
