"""Start a program as the leader of its own process group. No other module uses ``subprocess``."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from commonhold.effects.process.termination import end_group
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from typing import IO

    from commonhold.effects.process import Command

PIPE, STDOUT, DEVNULL = subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL

_POSIX = os.name == "posix"


class ProcessGroup:
    """A running program and all processes that it started.

    The program leads a new session, and therefore a new process group, for two reasons. First, a group can be killed as
    a whole: build backends and test suites start other programs, which keep running after their parent has ended.
    Second, Ctrl-C does not reach a background group, so only this process decides when and how the program ends. A
    descendant that starts its own session, as daemons do, is not killed. Raises ``ToolError`` if the program cannot be
    started.
    """

    def __init__(
        self, command: Command, *, stdin: int | IO[bytes], stdout: int | IO[bytes], stderr: int | IO[bytes]
    ) -> None:
        try:
            self._process = subprocess.Popen(
                command.argv,
                cwd=command.cwd,
                env=None if command.env is None else dict(command.env),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=_POSIX,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL character, or a variable's name that contains "="
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ToolError(f"cannot run {command.argv[0]}: {reason}") from error

    @property
    def stdin(self) -> IO[bytes]:
        """The program's standard input, if it is a pipe."""
        if self._process.stdin is None:
            raise AssertionError
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The program's standard output, if it is a pipe."""
        if self._process.stdout is None:
            raise AssertionError
        return self._process.stdout

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait until the program ends; return its exit code, or ``None`` after ``seconds``."""
        try:
            return self._process.wait(timeout=None if seconds is None else max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """Kill the program and its descendants without waiting for them. Any thread may call this method."""
        if _POSIX:
            end_group(self._process.pid)
        else:
            self._process.kill()

    def end(self, grace: float = 0.0) -> int:
        """End the program and its descendants, and return the exit code.

        A program that is still running is interrupted first and killed after ``grace`` seconds. If the program has
        ended, its descendants are killed at once.
        """
        running = self._process.poll() is None
        try:
            if _POSIX:
                end_group(self._process.pid, grace=grace if running else 0.0, wait=self.wait)
            elif running:
                # Windows does not have process groups of this kind: only the program itself is ended.
                self._process.terminate()
                self.wait(grace)
                self._process.kill()
        finally:
            code = self._process.wait()  # collect the exit code; otherwise the program stays a zombie
        return code
