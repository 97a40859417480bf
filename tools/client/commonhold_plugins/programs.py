"""Run interpreters and installers. No other module of the client starts programs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.text import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_PASSED_ON: ContextVar[tuple[int, ...]] = ContextVar("_PASSED_ON", default=())

MOST_OUTPUT = 64 * 1024 * 1024
GRACE = 5.0
"""Seconds between the request to end and the kill of a program."""


@dataclass(frozen=True)
class FinishedProgram:
    """The exit code and the output of a program."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def message(self, most: int = 20) -> str:
        """The last lines that the program printed, escaped: they may quote text of a server or of a package."""
        return "\n".join(printable_lines(f"{self.stdout}\n{self.stderr}").strip().split("\n")[-most:])


@contextlib.contextmanager
def passing_on(file: int) -> Iterator[None]:
    """Let programs that are started in the block keep an open file.

    If it is a lock, it is held until the last program ends, even if this process is killed before.
    """
    token = _PASSED_ON.set((*_PASSED_ON.get(), file))
    try:
        yield
    finally:
        _PASSED_ON.reset(token)


def run_program(
    argv: Sequence[str],
    *,
    timeout: float,
    environ: Mapping[str, str | None] | None = None,
    cwd: str | None = None,
    on_line: Callable[[str], None] | None = None,
) -> FinishedProgram:
    """Run a program without input until it ends; ``on_line`` gets each line of output, escaped, as it arrives.

    ``environ`` are variables that change; ``None`` removes one.

    The program leads a process group, which is ended as a whole at the time limit, and also when this process is
    interrupted. Raises ``UnavailableError`` if the program cannot be started or exceeds its time limit.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in {**os.environ, **(environ or {})}.items() if value is not None},
            cwd=cwd,
            start_new_session=True,
            pass_fds=_PASSED_ON.get(),
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnavailableError(f"cannot run {printable(argv[0])}: {printable(str(reason))}") from error
    streams = [_Reader(stream, on_line) for stream in (process.stdout, process.stderr) if stream is not None]
    # `Popen.wait` with a time limit polls, which delays every short program.
    waiting = threading.Thread(target=process.wait, daemon=True)
    try:
        waiting.start()
        waiting.join(timeout)
        if waiting.is_alive():
            raise UnavailableError(f"{printable(argv[0])} did not end within {timeout:g} seconds")
    finally:
        _end(process)
        for stream in streams:
            stream.join(GRACE)
    stdout, stderr = (stream.text() for stream in streams)
    return FinishedProgram(tuple(argv), process.returncode, stdout, stderr)


class _Reader(threading.Thread):
    """Collects the output of a program, so that a full pipe never stops it."""

    def __init__(self, stream: IO[bytes], on_line: Callable[[str], None] | None) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._on_line = on_line
        self._lines: list[bytes] = []
        self._size = 0
        self.start()

    def run(self) -> None:
        with self._stream:
            for line in self._stream:
                self._size += len(line)
                if self._size <= MOST_OUTPUT:
                    self._lines.append(line)
                if self._on_line is not None and line.strip():
                    self._on_line(printable(line.decode(errors="replace").strip()))

    def text(self) -> str:
        return b"".join(self._lines).decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group of a program that may still run, and leave no child of it behind."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
