"""Write files so that readers, even after a crash, find either the old or the new content; read untrusted files."""

from __future__ import annotations

import os
import stat

from commonhold.errors import ToolError


def read_untrusted(path: str, most: int, *, links: bool = False) -> bytes:
    """Read a regular file of at most ``most`` bytes, which another job or a plugin's test may have written.

    Reading a device or a FIFO may never end. Symbolic links are followed only with ``links``. Raises ``ToolError``, and
    ``OSError`` if the file cannot be read.
    """
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | (0 if links else getattr(os, "O_NOFOLLOW", 0))
    if not links and os.path.islink(path):
        raise ToolError(f"{path} is a symbolic link", hint="Replace it with a copy of the file.")
    handle = os.open(path, os.O_RDONLY | flags)
    # `open` would report a folder by the number of the handle.
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ToolError(f"{path} is not a regular file", hint="Remove it.")
    with open(handle, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ToolError(f"{path} has more than {most:,} bytes", hint="Remove it.")
    return data


def write_atomically(path: str, data: bytes, *, durable: bool = False, mode: int = 0o666) -> None:
    """Replace the content of ``path`` atomically; create the folder if it is missing.

    With ``durable``, return only when the content and the name of the file are on disk, so that a power failure cannot
    undo the write. ``mode`` is reduced by the umask. Raises ``OSError`` and leaves the old content unchanged if the
    write fails.
    """
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    # The temporary file is in the same folder, because a rename is atomic only within a file system. Its random name
    # lets two processes write at the same time; the last rename wins.
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            if durable:
                # Sync before the rename: a file system may write the new name to disk before the content.
                file.flush()
                os.fsync(handle)
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise
    if durable:
        sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Wait until the names in a folder are on disk: ``fsync`` on a file does not include its name. POSIX only."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_ignored_folder(folder: str) -> None:
    """Create a folder that git ignores. An existing ``.gitignore`` in the folder is kept."""
    ignore = os.path.join(folder, ".gitignore")
    if not os.path.exists(ignore):
        write_atomically(ignore, b"*\n")
