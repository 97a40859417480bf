"""The store of a release: its plan, artifacts, journal and logs. Plans and artifacts are never changed.

A store is a folder that can be copied to another machine.
"""

from __future__ import annotations

import hashlib
import os

import msgspec

from commonhold import __version__
from commonhold.effects.files import write_atomically
from commonhold.errors import ToolError, UsageError
from commonhold.release.model.journal import Journal
from commonhold.release.model.journal_events import SCHEMA as JOURNAL_SCHEMA
from commonhold.release.model.journal_events import Began, Event
from commonhold.release.model.journal_rules import JournalRules
from commonhold.release.model.plan import SCHEMA, Artifact, ReleasePlan
from commonhold.release.model.state import ReleaseState, replay_journal
from commonhold.release.model.store_lock import StoreError, StoreLock

__all__ = ["DIST", "JOURNAL", "LOCK", "LOGS", "PLAN", "STORES", "Store", "StoreError", "make_store", "open_store"]

PLAN, JOURNAL, LOCK, DIST, LOGS = "plan.json", "journal.jsonl", "lock", "dist", "logs"

STORES = (".commonhold", "release")
"""The folder of a repository's stores, relative to its root."""


class Store:
    """An existing store. Use :func:`make_store` or :func:`open_store` to get a store."""

    def __init__(self, folder: str, plan: ReleasePlan) -> None:
        self.folder = folder
        self.plan = plan
        self.journal = Journal(os.path.join(folder, JOURNAL))
        self._rules = JournalRules(plan)
        self._replayed: tuple[tuple[Event, ...], ReleaseState] | None = None

    def events(self) -> tuple[Event, ...]:
        """Return the events of the journal, in order. The result is the same object until there are new events.

        Raises ``JournalError`` if an event contradicts the plan or earlier events.
        """
        events = self.journal.read()
        self._rules.check(self.journal.path, events)
        return events

    def state(self) -> ReleaseState:
        """Return the state of the release; compute it again only if the journal has new events."""
        events = self.events()
        if self._replayed is None or self._replayed[0] is not events:
            self._replayed = events, replay_journal(self.plan, events)
        return self._replayed[1]

    def path(self, plugin: str, file: str) -> str:
        """Return the path for an artifact, which does not have to exist."""
        return os.path.join(self.folder, DIST, plugin, file)

    def log(self, plugin: str) -> str:
        """Return the path for the log of a plugin's build."""
        return os.path.join(self.folder, LOGS, f"{plugin}.log")

    def add(self, plugin: str, name: str, data: bytes) -> Artifact:
        """Write a read-only artifact durably. Raises ``StoreError`` if the store contains a different file."""
        artifact = Artifact(name, hashlib.sha256(data).hexdigest(), len(data))
        place = self.path(plugin, name)
        if os.path.exists(place):
            self.check(plugin, artifact)
            return artifact
        _write_once(place, data)
        return artifact

    def read(self, plugin: str, artifact: Artifact) -> bytes:
        """Return the bytes of an artifact. Raises ``StoreError`` if the artifact has changed since it was added."""
        try:
            with open(self.path(plugin, artifact.name), "rb") as file:
                data = file.read()
        except OSError as error:
            raise StoreError(
                f"{artifact.name} of {plugin} cannot be read from the store: {error.strerror}",
                hint="Restore the complete store, or plan the release again into a new one.",
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if found != artifact.sha256:
            raise StoreError(
                f"{artifact.name} of {plugin} is not the file that was built: its SHA-256 is {found}, "
                f"but the journal contains {artifact.sha256}",
                hint="The store was changed. Plan the release again into a new one.",
            )
        return data

    def check(self, plugin: str, artifact: Artifact) -> None:
        """Raise ``StoreError`` if an artifact changed since it was added."""
        self.read(plugin, artifact)

    def lock(self) -> StoreLock:
        """Lock the store in a ``with`` statement. Raises ``UsageError`` if another process has locked the store."""
        return StoreLock(os.path.join(self.folder, LOCK))


def make_store(folder: str, plan: ReleasePlan) -> Store:
    """Create a store for a plan, or open the existing store if its plan is equal.

    Raises ``UsageError`` if the folder contains the plan of another release.
    """
    place = os.path.join(folder, PLAN)
    if os.path.exists(place):
        with open(place, "rb") as file:
            data = file.read()
        plan = _same_plan(data, plan, folder)
    else:
        data = msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"
        _write_once(place, data)
    store = Store(folder, plan)
    if store.journal.first() is None:
        store.journal.append(Began(plan=hashlib.sha256(data).hexdigest(), commonhold=__version__))
    return store


def _same_plan(data: bytes, plan: ReleasePlan, folder: str) -> ReleasePlan:
    """Return the plan in a file.

    Raises ``UsageError`` if it differs from ``plan`` in more than the wording of reasons.
    """
    # Another version of commonhold may word a reason differently; the release is the same.
    try:
        existing = msgspec.json.decode(data, type=ReleasePlan)
    except (msgspec.DecodeError, UnicodeDecodeError):
        existing = None
    if existing is None or _without_sentences(existing) != _without_sentences(plan):
        raise UsageError(f"{folder} contains the plan of another release", hint="Name another folder with --store.")
    return existing


def _without_sentences(plan: ReleasePlan) -> bytes:
    plugins = tuple(msgspec.structs.replace(plugin, held="held" if plugin.held else "") for plugin in plan.plugins)
    return msgspec.json.encode(msgspec.structs.replace(plan, plugins=plugins))


def open_store(folder: str) -> Store:
    """Open the store in a folder. Raises ``UsageError`` without a store, ``StoreError`` if its plan has changed."""
    place = os.path.join(folder, PLAN)
    try:
        with open(place, "rb") as file:
            data = file.read()
        plan = msgspec.json.decode(data, type=ReleasePlan)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(
            f"{folder} contains no release", hint="Plan one with `commonhold release plan VERSION`."
        ) from None
    except OSError as error:
        raise StoreError(f"{place} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{place} is not a valid release plan: {error}", hint="Plan the release again.") from error
    store = Store(folder, plan)
    first = store.journal.first()
    if plan.schema != SCHEMA or (isinstance(first, Began) and first.schema != JOURNAL_SCHEMA):
        raise StoreError(
            f"{folder} was made by another version of commonhold", hint="Continue the release with that version."
        )
    if isinstance(first, Began) and first.plan != hashlib.sha256(data).hexdigest():
        raise StoreError(
            f"{place} is not the plan that this store was made for",
            hint="Never edit a plan. Plan the release again into a new store.",
        )
    return store


def _write_once(path: str, data: bytes) -> None:
    """Write a read-only file durably; leave no file if the write fails. Raises ``ToolError``."""
    try:
        write_atomically(path, data, durable=True, mode=0o444)
    except OSError as error:
        raise ToolError(
            f"{path} cannot be written: {error.strerror}", hint="Free some disk space, then run the same command again."
        ) from error
