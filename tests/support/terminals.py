"""Commands that write to a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess


def in_terminal(command: list[str], width: int, *, stderr: bool = False) -> list[str]:
    """The lines that a command prints to a terminal of this width, without colours."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "COLUMNS": str(width), "TERM": "xterm"}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs if stderr else subprocess.DEVNULL, env=env):
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux reports the end of a terminal as an error
        return b""
