"""Write the journal from several threads, and pass each event to the reporter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from commonhold.release.model.journal_events import Uploaded

if TYPE_CHECKING:
    from commonhold.release.model.journal import Journal
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.reporter import Reporter


class JournalWriter:
    """A writer that several threads share: it writes to the journal and calls the reporter for one thread at a time."""

    def __init__(self, journal: Journal, reporter: Reporter) -> None:
        self._journal = journal
        self._reporter = reporter
        self._lock = threading.Lock()
        self.any_uploaded = False

    def write(self, event: Event) -> None:
        """Write an event and wait until it is on the disk. Raises ``JournalFullError``."""
        with self._lock:
            # Set before the event is written, because the file is on the index even if writing fails.
            self.any_uploaded = self.any_uploaded or isinstance(event, Uploaded)
            self._journal.append(event)
            self._reporter.recorded(event)

    def report_retry(self, file: str, seconds: float, why: str) -> None:
        """Report a pause before the file is uploaded again. The pause is not journaled."""
        with self._lock:
            self._reporter.retrying(file, seconds, why)
