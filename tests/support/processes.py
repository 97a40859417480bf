"""Ask whether processes that a test started are still alive, and wait for conditions on a busy machine."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 300.0
"""Seconds until a condition counts as never met: generous, because the machine may be busy with other work."""


def is_alive(process: int) -> bool:
    """Whether a process runs. A zombie does not: its parent in the test has only not waited for it yet."""
    try:
        os.kill(process, 0)
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (ProcessLookupError, FileNotFoundError):
        return False


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the condition was never met"
        time.sleep(0.02)
