"""Write files so that a reader sees the old or the new contents, and lock them between processes."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from commonhold_plugins.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_SECONDS = 120.0
"""How long a command waits for another one that holds a lock."""


def write_atomic(path: str, data: bytes) -> None:
    """Replace a file in one step; its folder is made with access for the user only."""
    import tempfile

    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    number, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".tmp")
    try:
        with open(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename is None:  # a full disk: the message names the file
            error.filename = path
        raise


def read_bytes(path: str) -> bytes | None:
    """Return the contents of a file, or ``None`` if it does not exist."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextlib.contextmanager
def locked(path: str) -> Iterator[int]:
    """Hold a lock for the block, and yield the number of its open file.

    The file stays, because deleting it would let two processes hold the lock.
    """
    import fcntl

    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    end = time.monotonic() + LOCK_SECONDS
    with open(path, "ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise UnavailableError(f"another process still holds the lock {path}") from None
                time.sleep(0.05)
        yield file.fileno()
