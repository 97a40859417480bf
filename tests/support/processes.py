"""Look at processes, and wait for conditions, on machines of any speed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMIT = 600.0
"""Seconds after which a condition will not come true. A loaded machine may need many of them, an idle one none."""


def wait_until(condition: Callable[[], object]) -> None:
    """Return as soon as a condition is true; fail when it has not come true within ``LIMIT``."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.02)


def read_pid(file: Path) -> int:
    """Wait until a program has written a process id and a line feed into a file."""
    wait_until(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


def is_alive(pid: int) -> bool:
    """Return whether a process runs. A zombie does not: in containers, orphans often stay zombies."""
    state = run(Command(("ps", "-o", "stat=", "-p", str(pid)))).stdout.strip()
    return bool(state) and not state.startswith(b"Z")
