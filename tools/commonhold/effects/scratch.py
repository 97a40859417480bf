"""Create temporary folders, and remove temporary folders that killed processes left behind."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import stat
import tempfile
import threading
from typing import TYPE_CHECKING

from commonhold.effects.machine import temporary_folder_error

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

PREFIX = "commonhold-"
_FILES = "files"
OWNER = ".commonhold-owner"
"""The file that marks a temporary folder of this tool. The process that uses the folder has locked this file."""

_lock = threading.Lock()
_cleaned: set[str] = set()


class ScratchFolder:
    """An empty temporary folder at ``path``, which is removed when it is closed.

    If the process is killed, the next process that creates a temporary folder removes it: the operating system releases
    a lock when its process ends. Raises ``MachineError`` if the folder cannot be created.
    """

    def __init__(self, purpose: str) -> None:
        try:
            parent = tempfile.gettempdir()
            with _lock:
                if parent not in _cleaned:
                    _cleaned.add(parent)
                    remove_abandoned(parent)
            self._folder, self._owner = _make(purpose, parent)
        except OSError as error:
            raise temporary_folder_error(error) from error
        # Tools print and compare resolved paths, and the temporary folder is a symbolic link on macOS.
        self.path = os.path.join(os.path.realpath(self._folder), _FILES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder."""
        _remove(self._folder)
        with contextlib.suppress(OSError):  # already closed
            os.close(self._owner)


def _make(purpose: str, parent: str) -> tuple[str, int]:
    """Create a folder and lock its owner file; return the folder and the locked file.

    The lock is held until the file is closed.
    """
    while True:
        folder = tempfile.mkdtemp(prefix=f"{PREFIX}{purpose}-", dir=parent)
        path = os.path.join(folder, OWNER)
        try:
            owner = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(owner, _host())
            os.mkdir(os.path.join(folder, _FILES))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try_lock(owner, wait=True)
        # Another process may have removed the folder before it was locked.
        if os.path.exists(path):
            return folder, owner
        os.close(owner)


def _host() -> bytes:
    """Return this machine's name, because locks of other machines may be invisible on a shared file system."""
    return platform.node().encode()


def remove_abandoned(parent: str) -> None:
    """Remove this user's temporary folders in ``parent`` whose processes have ended. Links are not followed."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                _remove_if_abandoned(entry.path)


def _remove_if_abandoned(folder: str) -> None:
    try:
        owner = os.open(os.path.join(folder, OWNER), os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, AttributeError):  # not a folder of this tool, or of another user; or Windows
        return
    try:
        is_ours = _is_ours(os.lstat(folder)) and _is_ours(os.fstat(owner)) and os.read(owner, 1024) == _host()
        if is_ours and try_lock(owner, wait=False):
            _remove(folder)
    finally:
        os.close(owner)


def _is_ours(status: os.stat_result) -> bool:
    is_plain = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
    return is_plain and status.st_uid == os.geteuid()


def try_lock(owner: int, *, wait: bool) -> bool:
    """Lock an owner file; return whether it is locked now.

    If the system has no file locks, no folder counts as abandoned.
    """
    try:
        import fcntl

        fcntl.flock(owner, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except (ImportError, OSError):
        return False
    return True


def _remove(folder: str) -> None:
    """Remove a folder as far as possible; remove the owner file last, so that a later process can try again."""
    files = os.path.join(folder, _FILES)
    if os.path.islink(files):
        os.unlink(files)
    shutil.rmtree(files, ignore_errors=True)
    if os.path.isdir(files):
        _make_removable(files)
        shutil.rmtree(files, ignore_errors=True)
    if not os.path.lexists(files):
        shutil.rmtree(folder, ignore_errors=True)


def _make_removable(folder: str) -> None:
    """Make folders writable, because build tools protect the folders of their caches."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
        for place, names, _ in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
