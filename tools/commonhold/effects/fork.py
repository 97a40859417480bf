"""Computing beside this process, in a copy of it: two processors do the work of two."""

from __future__ import annotations

import marshal
import os
import sys

from commonhold._typing import TYPE_CHECKING
from commonhold.effects.process.spawn import kill_child

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeVar

    Value = TypeVar("Value")


def run_in_fork(work: Callable[[], Value]) -> Callable[[], Value]:
    """Begin ``work`` in a copy of this process; what is returned waits for its value, and is called once.

    The value is one that ``marshal`` knows, and ``work`` changes nothing outside of it and waits for no process that
    it has not started itself. It is done here, when its value is asked for, where a copy is no help or no safe one (one
    processor, threads, no ``fork``), and where the copy failed: so errors are raised here too.
    """
    if not _is_of_use():
        return work
    read, write = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(read)
        os.close(write)
        return work
    if not process:
        os.close(read)  # else the copy would wait for itself to read what it writes, if the original were gone
        _answer(work, write)
    os.close(write)
    return _Copy(work, process, read)


def _is_of_use() -> bool:
    return hasattr(os, "fork") and _processors() > 1 and _is_alone()


def _is_alone() -> bool:
    """Whether there is one thread: a copy has only that, and what others held it holds for ever."""
    try:
        return len(os.listdir("/proc/self/task")) == 1  # Linux tells of those too that Python does not know
    except OSError:
        threading = sys.modules.get("threading")
        return threading is None or threading.active_count() == 1


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _answer(work: Callable[[], Any], write: int) -> NoReturn:
    """Be the copy: nothing that the original has begun is ended, flushed or told here."""
    code = 1
    try:
        with open(write, "wb") as file:
            marshal.dump(work(), file)
        code = 0
    finally:
        os._exit(code)


class _Copy:
    _ended = True

    def __init__(self, work: Callable[[], Any], process: int, read: int) -> None:
        self._work = work
        self._process = process
        self._said = open(read, "rb")  # noqa: SIM115 - it is closed where the copy ends
        self._ended = False

    def __call__(self) -> Any:
        with self._said as file:
            data = file.read()
        _, status = os.waitpid(self._process, 0)
        self._ended = True
        return self._work() if status or not data else marshal.loads(data)  # noqa: S302 - written by this very program

    def __del__(self) -> None:
        if not self._ended:  # nobody wants the value any more
            kill_child(self._process)
            self._said.close()
