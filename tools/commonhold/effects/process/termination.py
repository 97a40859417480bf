"""End process groups. Standard library only: the builder's fork server loads this file where commonhold is missing."""

from __future__ import annotations

import contextlib
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def end_group(leader: int, *, grace: float = 0.0, wait: Callable[[float], object] = time.sleep) -> None:
    """Kill all processes in the group of ``leader``, with its descendants. POSIX only.

    With ``grace``, the group is interrupted first, as by Ctrl-C, and ``wait`` is called with that number of seconds: it
    should return as soon as the leader has ended. pytest, for example, then reports the test that was running.

    The group may be gone already. Call this before the leader is waited for, or directly afterwards: the kernel keeps
    the number of a process until then, and gives it to a new process only after a whole round of numbers.
    """
    try:
        if grace > 0:
            _send(leader, signal.SIGINT)
            wait(grace)
    finally:  # a second Ctrl-C, during the grace, must not leave the group running
        _send(leader, signal.SIGKILL)


def _send(leader: int, number: signal.Signals) -> None:
    # PermissionError: macOS raises it for a group in which only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
