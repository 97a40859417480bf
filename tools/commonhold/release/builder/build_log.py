"""The log of a build, which may be of any length, and may hold anything."""

from __future__ import annotations

import os
import stat

MAX_LOG_BYTES = 1_000_000
"""How many bytes of a log are kept: its last ones."""


def read_log(path: str) -> bytes | None:
    """The end of a log; ``None`` when there is none."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - MAX_LOG_BYTES))
            return file.read(MAX_LOG_BYTES)
    except FileNotFoundError:
        return None
