"""The interface through which every phase of a release reports its progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.release.model.journal_events import Event


class Reporter(Protocol):
    """Receives the progress of a release while it runs; threads call it one at a time.

    To handle only some of the calls, subclass :class:`SilentReporter`.
    """

    def started(self, task: str, total: int | None, unit: str) -> None:
        """A task starts, such as "uploading" 12 "files"; ``total`` is ``None`` if the number of steps is unknown."""

    def advanced(self, name: str) -> None:
        """One step of the current task is done, for the plugin or project of this name."""

    def recorded(self, event: Event) -> None:
        """An event of a publication or a verification was written to the journal."""

    def retrying(self, file: str, seconds: float, why: str) -> None:
        """A file is going to be uploaded again after a pause."""

    def preparing(self, requirements: Sequence[str]) -> None:
        """A build environment with these requirements is going to be made."""

    def built(self, plugin: str) -> None:
        """A plugin was built, and its files are in the store."""

    def failed(self, plugin: str, why: str, log: Sequence[str]) -> None:
        """The build of a plugin failed; ``log`` contains the last lines of its output."""

    def noted(self, message: str) -> None:
        """A message for a person, such as the commit that is going to be released."""


class SilentReporter:
    """A reporter that ignores every call: the default, and a base class for reporters of some calls."""

    def started(self, task: str, total: int | None, unit: str) -> None: ...

    def advanced(self, name: str) -> None: ...

    def recorded(self, event: Event) -> None: ...

    def retrying(self, file: str, seconds: float, why: str) -> None: ...

    def preparing(self, requirements: Sequence[str]) -> None: ...

    def built(self, plugin: str) -> None: ...

    def failed(self, plugin: str, why: str, log: Sequence[str]) -> None: ...

    def noted(self, message: str) -> None: ...
