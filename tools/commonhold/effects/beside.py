"""Doing two things at once: a copy of this process does one of them."""

from __future__ import annotations

import marshal
import os
import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Start ``work`` in a copy of this process; call what is returned for its result.

    ``work`` must change nothing, since only its result comes back, and that must be of plain types
    (``marshal``). Where a process cannot be copied, or the copy fails, the work is done when it is asked for:
    its errors are then the caller's to see.
    """
    threads = sys.modules.get("threading")  # without it there are no others
    if not hasattr(os, "fork") or (threads is not None and threads.active_count() > 1):
        return work
    reading, writing = os.pipe()
    copy = os.fork()
    if copy == 0:
        _finish(work, writing)
    os.close(writing)

    def result() -> T:
        with open(reading, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(copy, 0)
        return marshal.loads(data) if status == 0 else work()  # noqa: S302 - this process wrote it

    return result


def _finish(work: Callable[[], Any], writing: int) -> None:
    """The copy's whole life. It must not return, nor clean up what is its parent's."""
    code = 1
    try:
        with open(writing, "wb") as pipe:
            pipe.write(marshal.dumps(work()))
        code = 0
    finally:
        os._exit(code)
