"""Run a function in a fork of this process, in parallel with this process."""

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
    """Start ``work`` in a fork; the returned function waits for the result, and must be called exactly once.

    ``marshal`` must be able to serialize the result. ``work`` must not have side effects, and must only wait for
    processes that it has started itself. If forking is impossible (one processor, threads, Windows) or the fork fails,
    the returned function runs ``work`` in this process. So an exception in ``work`` is raised here: the fork fails, and
    the second run raises the exception again.
    """
    if not _can_fork():
        return work
    read, write = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(read)
        os.close(write)
        return work
    if not process:
        os.close(read)  # otherwise the fork, a reader of its own pipe, would not get SIGPIPE after the parent has ended
        _run_and_exit(work, write)
    os.close(write)
    return _Fork(work, process, read)


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _can_fork() -> bool:
    return hasattr(os, "fork") and processors() > 1 and _is_single_threaded()


def _is_single_threaded() -> bool:
    """Return whether this process has only one thread; locks that other threads hold would stay locked in a fork."""
    try:
        return len(os.listdir("/proc/self/task")) == 1  # Linux also lists threads that C libraries have started.
    except OSError:
        threading = sys.modules.get("threading")
        return threading is None or threading.active_count() == 1


def _run_and_exit(work: Callable[[], Any], write: int) -> NoReturn:
    """Run the work in the fork, then exit without cleanup, because exit handlers and buffers belong to the parent."""
    code = 1
    try:
        with open(write, "wb") as file:
            marshal.dump(work(), file)
        code = 0
    finally:
        os._exit(code)


class _Fork:
    _ended = True

    def __init__(self, work: Callable[[], Any], process: int, read: int) -> None:
        self._work = work
        self._process = process
        self._pipe = open(read, "rb")  # noqa: SIM115 - closed with the fork
        self._ended = False

    def __call__(self) -> Any:
        with self._pipe as file:
            data = file.read()
        _, status = os.waitpid(self._process, 0)
        self._ended = True
        return self._work() if status or not data else marshal.loads(data)  # noqa: S302 - written by this program

    def __del__(self) -> None:
        if not self._ended:  # the result is no longer needed
            kill_child(self._process)
            self._pipe.close()
