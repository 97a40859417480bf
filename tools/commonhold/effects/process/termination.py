"""End process groups. This module imports only the standard library: the fork server loads it without commonhold."""

from __future__ import annotations

import contextlib
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def end_group(leader: int, *, grace: float = 0.0, wait: Callable[[float], object] = time.sleep) -> None:
    """Kill all processes in the group of ``leader``, including its descendants. POSIX only.

    With ``grace``, the group is first interrupted, as by Ctrl-C, and ``wait`` is called with that number of seconds.
    ``wait`` should return as soon as the leader has ended. During the grace period pytest, for example, reports the
    test that was running.

    The group may already have ended. Call this function before waiting for the leader, or directly afterwards: the
    kernel reserves a process id until then, and reuses it only after all other ids.
    """
    try:
        if grace > 0:
            _send(leader, signal.SIGINT)
            wait(grace)
    finally:  # a second Ctrl-C, during the grace period, must not leave the group running
        _send(leader, signal.SIGKILL)


def _send(leader: int, number: signal.Signals) -> None:
    # macOS raises PermissionError for a group that contains only zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
