"""Read and write the journal of a release: an append-only file with one JSON event per line, written durably."""

from __future__ import annotations

import os
import threading
from collections import deque

import msgspec

from commonhold.effects.files import sync_folder
from commonhold.errors import CommonholdError, ToolError
from commonhold.release.model.journal_events import Event

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


class JournalError(CommonholdError):
    """A line of the journal is not a valid event: it was edited, or written by a newer version of commonhold."""


class JournalFullError(ToolError):
    """The journal cannot be written, so uploads and builds must not continue."""


class Journal:
    """The journal of one store.

    Events that this object has read or appended are kept in memory, and are not decoded again. Lines that another
    process appends are decoded by the next read. Threads may share a journal, but only the process that holds the
    store's lock may append events.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._file: tuple[int, int] | None = None
        self._size = 0  # number of bytes of the file that are in memory
        self._lines: deque[bytes] = deque()  # lines in memory that are not decoded yet
        self._events: list[Event] = []
        self._snapshot: tuple[Event, ...] = ()

    def read(self) -> tuple[Event, ...]:
        """Return every event, in order. The result is the same object until there are new events.

        An incomplete last line is ignored, because the machine stopped while it was written. Raises ``JournalError``
        for any other line that is not a valid event.
        """
        with self._lock:
            self._load()
            self._decode(len(self._lines))
            if len(self._snapshot) != len(self._events):
                self._snapshot = tuple(self._events)
            return self._snapshot

    def first(self) -> Event | None:
        """Return the first event, if any. Later events are not decoded, because their schema may be newer."""
        with self._lock:
            self._load()
            if not self._events:
                self._decode(min(1, len(self._lines)))
            return self._events[0] if self._events else None

    def append(self, *events: Event) -> None:
        """Write events and wait until they are on the disk.

        An incomplete line, left by a crash, is removed first. If writing fails, none of the events are in the file, and
        ``JournalFullError`` is raised.
        """
        data = b"".join(_encoder.encode(event) + b"\n" for event in events)
        with self._lock:
            try:
                handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
                try:
                    before = _append(handle, self.path, data)
                    identity = _identity(os.fstat(handle))
                finally:
                    os.close(handle)
            except OSError as error:
                raise JournalFullError(
                    f"{self.path} cannot be written: {error.strerror}",
                    hint="Free some disk space, then run the same command again.",
                ) from error
            # Earlier lines that were never read must be decoded first, so the next read decodes all of them.
            if before == self._size and not self._lines and self._file in (None, identity):
                self._file = identity
                self._size += len(data)
                self._events += events

    def _load(self) -> None:
        """Read the lines that are not in memory yet."""
        try:
            if self._is_current(os.stat(self.path)):
                return
            with open(self.path, "rb") as file:
                status = os.fstat(file.fileno())
                if _identity(status) != self._file or status.st_size < self._size:
                    self._forget()  # the file was replaced
                file.seek(self._size)
                data = file.read()
        except FileNotFoundError:
            self._forget()
            return
        except OSError as error:
            raise JournalError(f"{self.path} cannot be read: {error.strerror}") from error
        self._file = _identity(status)
        *lines, incomplete = data.split(b"\n")
        self._lines.extend(lines)
        self._size += len(data) - len(incomplete)

    def _is_current(self, status: os.stat_result) -> bool:
        return _identity(status) == self._file and status.st_size == self._size

    def _decode(self, count: int) -> None:
        for _ in range(count):
            self._events.append(self._event(len(self._events) + 1, self._lines[0]))
            self._lines.popleft()

    def _event(self, number: int, line: bytes) -> Event:
        try:
            return _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise JournalError(
                f"{self.path}, line {number} is not a valid release event: {error}",
                hint="Never edit a journal. Plan the release again into a new store; files that are on the index "
                "already are recognized there by their hashes.",
            ) from error


def _append(handle: int, path: str, data: bytes) -> int:
    """Append complete lines, and return the previous size of the file."""
    size = _whole_lines(handle)
    os.ftruncate(handle, size)
    try:
        _write(handle, data)
        os.fsync(handle)
        if not size:
            sync_folder(os.path.dirname(path))
    except OSError:
        os.ftruncate(handle, size)
        raise
    return size


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _whole_lines(handle: int) -> int:
    """Return the number of bytes in complete lines; search from the end, because a journal can be long."""
    step = 65536
    end = os.fstat(handle).st_size
    while end > 0:
        start = max(0, end - step)
        found = os.pread(handle, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
