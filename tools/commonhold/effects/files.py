"""Writing files so that a reader sees the old content or the new one, never half of it."""

from __future__ import annotations

import os


def write_atomically(path: str, data: bytes) -> None:
    """Replace the content of ``path``, making its folder where it is missing.

    Raises ``OSError``; the old content is then as it was.
    """
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise
