"""Run programs until they end: with a time limit (`run`), or with the output copied to logs (`stream`).

When a program ends, all processes that it has started are killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import threading
from typing import TYPE_CHECKING

from commonhold.effects.machine import temporary_folder_error
from commonhold.effects.process import Finished
from commonhold.effects.process.group import DEVNULL, PIPE, STDOUT, ProcessGroup
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType
    from typing import IO, BinaryIO

    from commonhold.effects.process import Command, Running

GRACE = 10.0
"""Seconds between the interrupt at a time limit and the kill, so that pytest can report the test that was running."""

HASTE = 1.0
"""Seconds between the interrupt and the kill after Ctrl-C: nox's parallel mode kills its sessions after two seconds."""


class TimedOutError(ToolError):
    """A program exceeded its time limit."""


def run(command: Command) -> Finished:
    """Run a program until it ends. Raises ``TimedOutError``, and ``ToolError`` if the program cannot be started."""
    return GroupRunner().start(command).wait()


class GroupRunner:
    """A :class:`~commonhold.effects.process.Runner` that enforces time limits; several threads may use it.

    Each program gets its own process group (see :class:`~commonhold.effects.process.group.ProcessGroup`). ``wait``
    raises ``TimedOutError`` after the time limit.
    """

    def __init__(self) -> None:
        self._running: set[_Program] = set()
        self._ended = False

    def start(self, command: Command) -> Running:
        if self._ended:
            raise ToolError(f"cannot run {command.argv[0]}: the runner has been stopped")
        program = _Program(command, self._running)
        if self._ended:  # `end` was called in another thread during the start
            program.kill()
        return program

    def end(self) -> None:
        """Kill all running programs, even if other threads wait for them, and refuse to start more programs."""
        self._ended = True
        for program in list(self._running):
            program.kill()


class _Program:
    def __init__(self, command: Command, running: set[_Program]) -> None:
        self._command = command
        self._running = running
        self._finished: Finished | None = None
        # Use files instead of pipes: a descendant outside the group could keep a pipe open forever.
        self._files: list[IO[bytes]] = []
        try:
            stdin, stdout, stderr = self._open()
            self._group = ProcessGroup(command, stdin=stdin, stdout=stdout, stderr=stderr)
        except ToolError:
            self._close()
            raise
        running.add(self)

    def _open(self) -> list[IO[bytes]]:
        try:
            for _ in range(3):
                self._files.append(tempfile.TemporaryFile())  # noqa: SIM115 - closed in `wait`
            self._files[0].write(self._command.input)
            self._files[0].seek(0)
        except OSError as error:
            raise temporary_folder_error(error) from error
        return self._files

    def wait(self) -> Finished:
        if self._finished is None:
            try:
                code = self._wait()
                _, stdout, stderr = map(_content, self._files)
                self._finished = Finished(self._command.argv, code, stdout, stderr)
            finally:
                self._close()
        return self._finished

    def _wait(self) -> int:
        timeout = self._command.timeout
        try:
            code = self._group.wait(timeout)
        finally:
            self._running.discard(self)
            self._group.end()
        if code is None:
            raise TimedOutError(f"{self._command.argv[0]} timed out after {timeout:g} s")
        return code

    def kill(self) -> None:
        self._group.kill()

    def _close(self) -> None:
        for file in self._files:
            file.close()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def stream(command: Command, sinks: Sequence[BinaryIO], *, haste: float = HASTE) -> int | None:
    """Run a program until it ends and copy its output to all ``sinks`` as it arrives; the program gets no input.

    Returns the exit code, or ``None`` if the time limit was reached. The limit, Ctrl-C, SIGTERM and SIGHUP interrupt
    the program. If the program has not ended a while later, it is killed with its descendants: ``GRACE`` seconds after
    the time limit, ``haste`` seconds after a signal. Raises ``ToolError`` if the program cannot be started.
    """
    grace = haste
    with _signals_as_interrupt():  # also during the start, so that no signal leaves the program running
        group = ProcessGroup(command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)
        reader = threading.Thread(target=_copy, args=(group.stdout, sinks), daemon=True)
        try:
            reader.start()
            code = group.wait(command.timeout)
            if code is None:
                grace = GRACE
        finally:
            group.end(grace)
            # Wait no longer: a descendant outside the group may keep the pipe open forever.
            reader.join(timeout=HASTE)
    return code


def _copy(stream: IO[bytes], sinks: Sequence[BinaryIO]) -> None:
    with stream:
        while chunk := os.read(stream.fileno(), 65536):
            for sink in sinks:
                # The program, and the other sinks, must not fail because the reader of this sink has exited.
                with contextlib.suppress(OSError, ValueError):
                    sink.write(chunk)
                    sink.flush()


@contextlib.contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` on SIGTERM and SIGHUP, so that the program is ended before this process.

    By default, these signals end this process at once. The program, which has its own group, would keep running. nohup
    ignores SIGHUP, which stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set signal handlers
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))
    previous = {
        number: signal.signal(number, interrupt)
        for number in numbers
        if number is not None and signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
