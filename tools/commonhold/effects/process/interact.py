"""Exchange lines with a running program."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from commonhold.effects.process.group import PIPE, ProcessGroup
from commonhold.effects.process.run import HASTE

if TYPE_CHECKING:
    from commonhold.effects.process import Command


def interact(command: Command, log: str) -> InteractiveProcess:
    """Start a program that reads and writes lines. The program's standard error is appended to the file ``log``.

    Raises ``ToolError`` if the program cannot be started.
    """
    with open(log, "ab") as errors:
        return InteractiveProcess(ProcessGroup(command, stdin=PIPE, stdout=PIPE, stderr=errors))


class InteractiveProcess:
    """A running program that reads lines from its standard input and replies on its standard output."""

    def __init__(self, group: ProcessGroup) -> None:
        self._group = group
        self._incomplete = b""

    def fileno(self) -> int:
        """Return the file descriptor of the program's output, for a selector."""
        return self._group.stdout.fileno()

    def send(self, line: bytes) -> None:
        """Send a line. If the program has ended, the line is lost, and the next ``read_lines`` returns ``None``."""
        with contextlib.suppress(BrokenPipeError):
            self._group.stdin.write(line + b"\n")
            self._group.stdin.flush()

    def read_lines(self) -> list[bytes] | None:
        """Wait for output and return its complete lines; ``None`` at the end of the output."""
        data = os.read(self.fileno(), 65536)
        if not data:
            return None
        *lines, self._incomplete = (self._incomplete + data).split(b"\n")
        return lines

    def finish(self, seconds: float) -> int:
        """Close the program's input, wait at most this many seconds, then kill the program; return the exit code."""
        with contextlib.suppress(BrokenPipeError):
            self._group.stdin.close()
        code = self._group.wait(seconds)
        return self._group.end() if code is None else code

    def kill(self) -> None:
        """Kill the program and its descendants."""
        self._group.kill()

    def close(self) -> None:
        """End the program and its descendants.

        First unregister this object from selectors, because its file descriptor is closed.
        """
        try:
            self.finish(HASTE)
        finally:
            self._group.end()
            self._group.stdout.close()
