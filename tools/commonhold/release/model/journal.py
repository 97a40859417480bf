"""The journal: an append-only file of JSON lines, each on the disk before what it tells is relied upon."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from commonhold.errors import CommonholdError, ToolError
from commonhold.release.model.journal_events import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


class JournalError(CommonholdError):
    """A journal that tells nonsense: it was edited, or is of a newer version."""


class JournalFullError(ToolError):
    """The journal cannot be written, so that nothing may be done."""


class Journal:
    """The journal of one store. Whoever writes holds the store's lock."""

    def __init__(self, path: str) -> None:
        self.path = path

    def append(self, *events: Event) -> None:
        """Write events and wait until they are on the disk.

        What was cut off by a crash before is removed first, so that a line is always whole or the last one. Raises
        ``JournalFullError``; a half-written line is then cut off.
        """
        lines = b"".join(_encoder.encode(event) + b"\n" for event in events)
        try:
            self._append(lines)
        except OSError as error:
            raise JournalFullError(
                f"{self.path} cannot be written: {error.strerror}",
                hint="Make room, then go on with: commonhold release resume.",
            ) from error

    def _append(self, lines: bytes) -> None:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            size = _whole(handle)
            os.ftruncate(handle, size)
            try:
                _write(handle, lines)
                os.fsync(handle)
                if not size:
                    sync_folder(os.path.dirname(self.path))
            except OSError:
                os.ftruncate(handle, size)
                raise
        finally:
            os.close(handle)

    def read(self) -> Iterator[Event]:
        """All events, in order. A last line without its end was being written when the machine stopped: it is left out.

        Raises ``JournalError`` for any other line that is no event.
        """
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise JournalError(f"{self.path} cannot be read: {error.strerror}") from error
        *lines, _torn = data.split(b"\n")
        yield from (self._event(number, line) for number, line in enumerate(lines, start=1))

    def _event(self, number: int, line: bytes) -> Event:
        try:
            return _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise JournalError(
                f"{self.path}, line {number}, is no event of a release: {error}",
                hint="A journal is never edited. Plan the release again into a new store; files that are on the "
                "index already are found there by their hashes.",
            ) from error


def sync_folder(folder: str) -> None:
    """Wait until the names of a folder's files are on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole(handle: int) -> int:
    """How many bytes of a file are whole lines."""
    size = os.fstat(handle).st_size
    step = 65536
    end = size
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
