"""Uploads of which no answer was heard: only the index knows what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.index.backoff import BackoffLimits, Gate
from commonhold.index.client import IndexUnreachableError
from commonhold.release.model.journal_events import Deferred, Uploaded, Uploading
from commonhold.release.publish.index_state import Index

if TYPE_CHECKING:
    from commonhold.release.model.store import Store

PATIENCE = 10.0
"""Seconds for which an index is asked."""


def settle_doubts(store: Store) -> tuple[str, ...]:
    """Write down which of the files that were on their way the index has; the names of those it does not tell of.

    Whoever calls it holds the store's lock. Raises ``JournalFullError``.
    """
    state = store.state()
    doubts = [
        (standing.plugin.name, file)
        for standing in state.released
        for file in standing.files
        if isinstance(standing.uploads.get(file.name), Uploading | Deferred)
    ]
    if state.address is None or not doubts:
        return ()
    index = Index(state.address, BackoffLimits(patience=PATIENCE), Gate())
    for number, (name, file) in enumerate(doubts):
        try:
            found = index.find(name, file)
        except IndexUnreachableError:
            return tuple(file.name for _, file in doubts[number:])
        if found.same:
            store.journal.append(Uploaded(plugin=name, file=file.name, sha256=file.sha256))
    return ()
