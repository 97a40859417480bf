"""The journal as several threads write it: one at a time, and each line also told to whoever watches."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from commonhold.release.model.journal_events import Uploaded

if TYPE_CHECKING:
    from commonhold.release.model.journal import Journal
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.reporter import Reporter


class JournalWriter:
    """Where the threads of a publication write what they do."""

    def __init__(self, journal: Journal, reporter: Reporter) -> None:
        self._journal = journal
        self._reporter = reporter
        self._lock = threading.Lock()
        self.any_uploaded = False

    def write(self, event: Event) -> None:
        """Write an event; it is on the disk when this returns. Raises ``JournalFullError``."""
        with self._lock:
            # Even if it cannot be written down.
            self.any_uploaded = self.any_uploaded or isinstance(event, Uploaded)
            self._journal.append(event)
            self._reporter.recorded(event)

    def waits(self, file: str, seconds: float, why: str) -> None:
        """Tell of a pause."""
        with self._lock:
            self._reporter.retrying(file, seconds, why)
