"""Distinguish problems of the machine, such as a full disk, from failures of a program that runs on it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from typing import TYPE_CHECKING

from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

SPARE_BYTES = 16 * 2**20
"""If a program fails and its folder has less free space than this number of bytes, the folder counts as full."""

FEW_BYTES = 2**30
"""If a program reports a full disk, the report is believed only if its folder has less free space than this."""

FEW_HANDLES = 1024
"""If a program reports too many open files, the report is believed only if the limit is lower than this."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_OTHERS = (errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN)

# The messages of the C library, Python and Rust (uv).
_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large|Read-only file system")
_NO_MEMORY = re.compile(r"Cannot allocate memory|MemoryError|memory allocation of \d+ bytes failed")
_NO_HANDLES = re.compile(r"Too many open files")


class MachineError(ToolError):
    """The machine lacks disk space, memory or file handles: provide them, then run the same command again."""


def room_hint(folder: str) -> str:
    """Return the hint for a folder that has no room left."""
    return f"Make room in {folder}, or set TMPDIR to a folder with more room; then run the same command again."


def machine_error(error: BaseException) -> MachineError | None:
    """Convert an error to a ``MachineError``; return ``None`` if the machine did not cause it."""
    if isinstance(error, MemoryError):
        return MachineError("there is not enough memory", hint="Free some memory, then run the same command again.")
    if not isinstance(error, OSError):
        return None
    place = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    if error.errno in _NO_ROOM:
        folder = os.path.dirname(place) if place else temporary_folder()
        return MachineError(f"{place or folder} cannot be written: {error.strerror}", hint=room_hint(folder))
    if error.errno in _OTHERS:
        return MachineError(
            f"{place}: {error.strerror}" if place else str(error.strerror),
            hint="Free some memory or raise the limits of this process (ulimit), then run the same command again.",
        )
    return None


@contextlib.contextmanager
def machine_errors() -> Iterator[None]:
    """Raise ``MachineError`` for problems of the machine, and all other errors unchanged; also a decorator."""
    try:
        yield
    except (OSError, MemoryError) as error:
        found = machine_error(error)
        if found is None:
            raise
        raise found from error


def temporary_folder_error(error: OSError) -> MachineError:
    """Return the error for a file or folder that cannot be created in the temporary folder."""
    return MachineError(
        f"cannot write to the temporary folder: {error.strerror or error}", hint=room_hint(temporary_folder())
    )


def temporary_folder() -> str:
    """Return the path of the temporary folder for a message, even if the folder cannot be written."""
    try:
        return tempfile.gettempdir()
    except OSError:
        return os.environ.get("TMPDIR") or "the temporary folder"


class MachineWatch:
    """Finds out whether a program failed because of the machine. The program writes into ``folders``.

    The program's output is untrusted: a plugin that prints "No space left on device" must not stop a whole release. So
    the output counts only if the machine confirms it.
    """

    def __init__(self, *folders: str) -> None:
        self._folders = tuple(dict.fromkeys(map(_existing, filter(None, folders))))
        self._killed = _oom_kills()

    def check(self, program: str, output: str) -> None:
        """Raise ``MachineError`` if the machine is the reason for the failure of ``program``."""
        full = _FULL.search(output) is not None
        for folder in self._folders:
            why = _write_error(folder) or (full and _free_bytes(folder) < FEW_BYTES and "No space left on device")
            if why:
                raise MachineError(f"{program} failed because {folder} is full: {why}", hint=room_hint(folder))
        if _oom_kills() > self._killed or (_NO_MEMORY.search(output) and _lacks_memory()):
            raise MachineError(
                f"{program} failed because the machine ran out of memory",
                hint="Free some memory, or reduce --jobs; then run the same command again.",
            )
        if _NO_HANDLES.search(output) and _handle_limit() < FEW_HANDLES:
            raise MachineError(
                f"{program} failed because the limit of open files is {_handle_limit()}",
                hint=f"Raise the limit with `ulimit -n {FEW_HANDLES}`, then run the same command again.",
            )


def _existing(folder: str) -> str:
    """Return a folder, or its nearest parent that exists."""
    path = os.path.abspath(folder)
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _write_error(folder: str) -> str:
    """Return why a file of ``SPARE_BYTES`` bytes cannot be written into a folder; ``""`` if it can be written.

    Writing also finds quotas and limits, which the number of free bytes does not show.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(SPARE_BYTES))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _free_bytes(folder: str) -> int:
    return shutil.disk_usage(folder).free


def _oom_kills() -> int:
    """Return how many processes the kernel has killed for lack of memory; Linux only."""
    return _number("/proc/vmstat", r"^oom_kill (\d+)$")


def _lacks_memory() -> bool:
    available = _number("/proc/meminfo", r"^MemAvailable: +(\d+) kB$")
    return 0 < available * 1024 < FEW_BYTES or _limit("RLIMIT_AS") is not None


def _handle_limit() -> int:
    return _limit("RLIMIT_NOFILE") or FEW_HANDLES


def _limit(name: str) -> int | None:
    """Return this process's limit for a resource, or ``None`` without a limit; POSIX only."""
    try:
        import resource
    except ImportError:
        return None
    limit = resource.getrlimit(getattr(resource, name))[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _number(path: str, pattern: str) -> int:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0
