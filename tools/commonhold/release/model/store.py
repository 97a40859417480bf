"""Where a release keeps what it made: the plan, the artifacts, the journal, the logs. Files are added, never changed.

A store is a folder and can be carried to another machine as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from commonhold import __version__
from commonhold.errors import CommonholdError, ToolError, UsageError
from commonhold.release.model.journal import Journal, sync_folder
from commonhold.release.model.journal_events import SCHEMA as JOURNAL_SCHEMA
from commonhold.release.model.journal_events import Began
from commonhold.release.model.plan import SCHEMA, Artifact, ReleasePlan

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

PLAN, JOURNAL, LOCK, DIST, LOGS = "plan.json", "journal.jsonl", "lock", "dist", "logs"


class StoreError(CommonholdError):
    """The store does not hold what its plan and journal say."""


class Store:
    """An existing store; see :func:`make_store` and :func:`open_store`."""

    def __init__(self, folder: str, plan: ReleasePlan) -> None:
        self.folder = folder
        self.plan = plan
        self.journal = Journal(os.path.join(folder, JOURNAL))

    def path(self, plugin: str, file: str) -> str:
        """Where an artifact lies, or would."""
        return os.path.join(self.folder, DIST, plugin, file)

    def log(self, plugin: str) -> str:
        """Where the log of a plugin's build lies."""
        return os.path.join(self.folder, LOGS, f"{plugin}.log")

    def add(self, plugin: str, name: str, data: bytes) -> Artifact:
        """Put an artifact in: durably, read-only, once. ``StoreError`` when it is there with other bytes."""
        artifact = Artifact(name, hashlib.sha256(data).hexdigest(), len(data))
        place = self.path(plugin, name)
        if os.path.exists(place):
            self.check(plugin, artifact)
            return artifact
        _write_once(place, data)
        return artifact

    def read(self, plugin: str, artifact: Artifact) -> bytes:
        """The bytes of an artifact; ``StoreError`` when they are not those that were put in."""
        try:
            with open(self.path(plugin, artifact.name), "rb") as file:
                data = file.read()
        except OSError as error:
            raise StoreError(
                f"{artifact.name} of {plugin} cannot be read from the store: {error.strerror}",
                hint="Bring the store back whole, or plan the release again into a new one.",
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if found != artifact.sha256:
            raise StoreError(
                f"{artifact.name} of {plugin} is not the file that was built: its SHA-256 is {found}, "
                f"and the journal says {artifact.sha256}",
                hint="Somebody changed the store. Plan the release again into a new one.",
            )
        return data

    def check(self, plugin: str, artifact: Artifact) -> None:
        """Raise ``StoreError`` when an artifact is not as it was put in."""
        self.read(plugin, artifact)

    def lock(self) -> StoreLock:
        """The right to write, for a ``with`` statement; ``UsageError`` when another process has it."""
        return StoreLock(os.path.join(self.folder, LOCK))


class StoreLock:
    """One writer a store, on one machine; a process that dies lets go."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._handle = -1

    def __enter__(self) -> Self:
        import fcntl

        try:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise StoreError(
                f"{os.path.dirname(self._path)} cannot be written: {error.strerror}",
                hint="Copy the store to where it can be.",
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(self._handle, 100).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise UsageError(
                f"{os.path.dirname(self._path)} is being written by process {owner or 'of another user'}",
                hint="Wait for it, or end it; a process that died holds no lock.",
            ) from None
        # For whoever comes meanwhile; a full disk takes nothing away from the lock.
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.write(self._handle, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)


def make_store(folder: str, plan: ReleasePlan) -> Store:
    """A new store for a plan, or the one that is there for the very same plan.

    Raises ``UsageError`` when the folder holds another release.
    """
    data = msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"
    place = os.path.join(folder, PLAN)
    if os.path.exists(place):
        with open(place, "rb") as file:
            if file.read() != data:
                raise UsageError(
                    f"{folder} holds the plan of another release", hint="Name another folder with --store."
                )
    else:
        _write_once(place, data)
    store = Store(folder, plan)
    if next(store.journal.read(), None) is None:
        store.journal.append(Began(plan=hashlib.sha256(data).hexdigest(), commonhold=__version__))
    return store


def open_store(folder: str) -> Store:
    """The store in a folder. Raises ``UsageError`` when there is none, ``StoreError`` when its plan was changed."""
    place = os.path.join(folder, PLAN)
    try:
        with open(place, "rb") as file:
            data = file.read()
        plan = msgspec.json.decode(data, type=ReleasePlan)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{folder} holds no release", hint="Plan one: commonhold release plan VERSION.") from None
    except OSError as error:
        raise StoreError(f"{place} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{place} is no plan of a release: {error}", hint="Plan the release again.") from error
    store = Store(folder, plan)
    first = next(store.journal.read(), None)
    if plan.schema != SCHEMA or (isinstance(first, Began) and first.schema != JOURNAL_SCHEMA):
        raise StoreError(f"{folder} was made by another version of commonhold", hint="Go on with that version.")
    if isinstance(first, Began) and first.plan != hashlib.sha256(data).hexdigest():
        raise StoreError(
            f"{place} is not the plan that this store was made for", hint="A plan is never edited: make another one."
        )
    return store


def _write_once(path: str, data: bytes) -> None:
    """Write a file that will not change: whole or not at all, on the disk, read-only. Raises ``ToolError``."""
    try:
        _write_durably(path, data)
    except OSError as error:
        raise ToolError(
            f"{path} cannot be written: {error.strerror}", hint="Make room, and type the same again."
        ) from error


def _write_durably(path: str, data: bytes) -> None:
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise
    sync_folder(folder)
