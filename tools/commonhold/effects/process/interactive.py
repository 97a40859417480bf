"""A program that one talks to, line by line, while others run beside it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # noqa: TID251 - the third kind of process: spoken with rather than waited for
from typing import TYPE_CHECKING

from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


HASTE = 1.0
"""Seconds that a program has to end by itself, when nobody has anything more to say."""


class InteractiveProcess:
    """A running program. It has a group of its own, so that Ctrl-C reaches this process alone.

    Raises ``ToolError`` when there is no such program.
    """

    def __init__(self, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], log: str) -> None:
        with open(log, "ab") as errors:
            try:
                self._process = subprocess.Popen(
                    list(argv),
                    cwd=cwd,
                    env=dict(env),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,
                )
            except OSError as error:
                raise ToolError(f"cannot run {argv[0]}: {error.strerror or error}") from error
        self._pending = b""
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    def fileno(self) -> int:
        """Where its answers come from, for a selector."""
        return self._stdout.fileno()

    def say(self, line: bytes) -> None:
        """Send a line; one that it cannot take any more is lost, and its end tells."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.write(line + b"\n")
            self._stdin.flush()

    def hear(self) -> list[bytes] | None:
        """The lines that have come, waiting for something; ``None`` when it has nothing more to say."""
        data = os.read(self.fileno(), 65536)
        if not data:
            return None
        *lines, self._pending = (self._pending + data).split(b"\n")
        return lines

    def finish(self, seconds: float) -> int:
        """Let it end, and after so many seconds make it: its exit code."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def kill(self) -> None:
        """End it now, and what it started."""
        end_group(self._process.pid)

    def close(self) -> None:
        """End it, and forget it; a selector must have forgotten it before."""
        try:
            self.finish(HASTE)
        finally:
            self.kill()
            self._process.wait()
            self._stdout.close()


def end_group(process: int) -> None:
    """End a program, and what it started, by the number of its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
