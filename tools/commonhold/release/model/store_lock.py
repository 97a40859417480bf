"""The lock of a store, which only one process at a time may hold."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError, UsageError

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class StoreError(CommonholdError):
    """The store contradicts its plan or its journal, or cannot be written."""


class StoreLock:
    """An exclusive lock on a store, on one machine. The operating system releases the lock when the process ends."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._handle = -1

    def __enter__(self) -> Self:
        import fcntl

        try:
            # A store from another machine may contain a link, and the file that it points to would be overwritten.
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise StoreError(
                f"{os.path.dirname(self._path)} cannot be written: {error.strerror}",
                hint="Copy the store to a folder that can be written.",
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(self._handle, 100).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise UsageError(
                f"{os.path.dirname(self._path)} is locked by process {owner or 'of another user'}",
                hint="Wait for that process, or end it; a lock ends with its process.",
            ) from None
        # The process id is needed only for the message above, so a full disk must not prevent locking.
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.write(self._handle, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._handle)
