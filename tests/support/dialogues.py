"""Programs that run on a real pseudo-terminal, as for a person."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LIMIT = 60.0
"""Seconds after which a program will print nothing more; a loaded machine may need many of them."""


class TerminalProgram:
    """A program on a terminal: wait for a text that it prints, and type lines."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self.shown = ""
        self._terminal = terminal
        self._seen = 0

    def wait_for(self, text: str) -> None:
        """Wait until the program has printed a text after the text of the previous call."""
        end = time.monotonic() + LIMIT
        while text not in self.shown[self._seen :]:
            assert time.monotonic() < end, f"{text!r} was not printed: {self.shown}"
            assert self._read(), f"the program ended before it printed {text!r}: {self.shown}"
        self._seen = self.shown.index(text, self._seen) + len(text)

    def type(self, text: str) -> None:
        """Type a text; a line feed is the Enter key."""
        os.write(self._terminal, text.encode())

    def leave(self, key: str) -> int:
        """Press a key until the program ends, and return its exit code.

        Python prints a question before it starts to read the answer. A signal between the two is noticed only at the
        next key, so one Ctrl-C can be lost; a person presses it again.
        """
        end = time.monotonic() + LIMIT
        while self.process.poll() is None and time.monotonic() < end:
            self.type(key)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        return self.finish()

    def finish(self) -> int:
        """Read the rest of the output and return the exit code."""
        while self._read():
            pass
        return self.process.wait(LIMIT)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], LIMIT)
        try:
            data = os.read(self._terminal, 65536) if ready else b""
        except OSError:  # Linux reports the end of the last program on the terminal as an error
            data = b""
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


def _control_terminal() -> None:
    """Make the standard input the controlling terminal, so that Ctrl-C sends a signal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextlib.contextmanager
def on_terminal(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[TerminalProgram]:
    """Start a program whose input, output and errors are a terminal; it is killed if it still runs after the block."""
    terminal, inner = pty.openpty()
    variables = {**(environment or os.environ), "TERM": "dumb", "COLUMNS": "200"}
    try:
        with subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            preexec_fn=_control_terminal,  # noqa: PLW1509 - it only calls ioctl
        ) as process:
            os.close(inner)
            try:
                yield TerminalProgram(process, terminal)
            finally:
                if process.poll() is None:
                    process.kill()
    finally:
        os.close(terminal)
