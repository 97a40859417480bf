"""Read stores that other machines wrote, and merge the results of a later phase from a copy of a store.

The machine may have run untrusted code. So its events are accepted only if they are of the kinds that its phase writes,
and files are read only after a check of their type and size.
"""

from __future__ import annotations

import filecmp
import os
import stat
from typing import TYPE_CHECKING

from commonhold.release.model.journal import Journal
from commonhold.release.model.journal_events import Began
from commonhold.release.model.journal_rules import DISTRUST, WRITTEN_BY, JournalRules, kind_of
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.model.state import replay_journal
from commonhold.release.model.store import DIST, JOURNAL, PLAN, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.store import Store

MAX_JOURNAL_BYTES = 64 * 2**20
"""The size limit of a journal from another machine; a larger journal is rejected before it is read."""


def read_copy(store: Store, folder: str, phases: Iterable[str]) -> tuple[Event, ...]:
    """Return the events in a folder that began as a copy of ``store`` and in which only ``phases`` may have written.

    Raises ``StoreError`` if the copy has another plan or events of other phases, and ``JournalError`` if its events
    contradict the plan or each other.
    """
    for name in (JOURNAL, PLAN):
        _check_file(os.path.join(folder, name))
    journal = Journal(os.path.join(folder, JOURNAL))
    first = journal.first()
    if not isinstance(first, Began):
        raise StoreError(f"{folder} contains no release journal", hint="Pass the folder of a store.")
    ours = store.journal.first()
    plan, copied = (os.path.join(each, PLAN) for each in (store.folder, folder))
    if not isinstance(ours, Began) or first.plan != ours.plan or not filecmp.cmp(plan, copied, shallow=False):
        raise StoreError(f"{folder} was made for another plan", hint="Use the plan of this release in every phase.")
    events = journal.read()
    check_phases(folder, events[1:], phases)
    JournalRules(store.plan).check(journal.path, events)
    return events


def check_phases(folder: str, events: Iterable[Event], phases: Iterable[str]) -> None:
    """Raise ``StoreError`` if an event is of a kind that none of the phases writes."""
    names = [*phases]
    allowed = tuple(kind for phase in names for kind in WRITTEN_BY[phase])
    for event in events:
        if not isinstance(event, allowed):
            raise StoreError(
                f"the journal of {folder} contains the event {kind_of(event)}, but only the phases "
                f"{', '.join(names)} may have written to it",
                hint=DISTRUST,
            )


def merge_results(store: Store, folder: str, phase: str) -> int:
    """Append the events of one phase from a copy of a store, and return their number.

    Nothing else in the copy is used: neither its plan nor its earlier events nor its files. The caller holds the lock
    of ``store``. Raises ``StoreError`` if the copy's files or earlier events differ from those in ``store``, or if the
    copy is incomplete.
    """
    before = store.events()
    events = read_copy(store, folder, WRITTEN_BY)
    if events[: len(before)] != before:
        raise StoreError(f"the journal of {folder} does not begin with the journal of {store.folder}", hint=DISTRUST)
    added = events[len(before) :]
    check_phases(folder, added, (phase,))
    _check_same_files(os.path.join(store.folder, DIST), os.path.join(folder, DIST))
    released = replay_journal(store.plan, events).released
    missing = [each.name for each in released if each.status is PluginStatus.BUILT]
    if phase == "inspect" and missing:
        raise StoreError(f"{folder} has no result for {', '.join(missing)}", hint="Finish the inspection.")
    store.journal.append(*added)
    return len(added)


def _check_file(path: str) -> None:
    """Reject special files, such as a link, with which this machine could read one of its own files."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        raise StoreError(
            f"{os.path.dirname(path)} contains no release journal" if path.endswith(JOURNAL) else f"{path} is missing",
            hint="Pass the folder of a store.",
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise StoreError(f"{path} is neither a file nor a folder", hint=DISTRUST)
    if status.st_size > MAX_JOURNAL_BYTES:
        raise StoreError(f"{path} has more than {MAX_JOURNAL_BYTES:,} bytes", hint=DISTRUST)


def _check_same_files(ours: str, theirs: str) -> None:
    """Raise ``StoreError`` if two folders differ.

    The files of the copy are not used, but a difference shows that somebody changed them.
    """
    paths = {*_files(ours), *_files(theirs)}
    for path in sorted(paths):
        one, other = os.path.join(ours, path), os.path.join(theirs, path)
        # The other file is read only if it is as small as ours.
        if not (_is_file(one) and _is_file(other) and filecmp.cmp(one, other, shallow=False)):
            raise StoreError(f"{other} is not the same file as {one}", hint=DISTRUST)


def _files(folder: str) -> Iterator[str]:
    for path, folders, files in os.walk(folder):
        links = (name for name in folders if os.path.islink(os.path.join(path, name)))
        yield from (os.path.relpath(os.path.join(path, name), folder) for name in (*files, *links))


def _is_file(path: str) -> bool:
    return os.path.lexists(path) and stat.S_ISREG(os.lstat(path).st_mode)
