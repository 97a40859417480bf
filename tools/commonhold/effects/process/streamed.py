"""Running a program that may take long: its output goes to a log as it comes, and it has a time limit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # noqa: TID251 - the other kind of process: watched rather than waited for
import threading
from typing import TYPE_CHECKING

from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType
    from typing import BinaryIO

GRACE = 10.0
"""Seconds that a program has to end by itself when its time is over."""

HASTE = 1.0
"""The same when somebody interrupts: nox's parallel mode gives its sessions two seconds in all."""

_POSIX = os.name == "posix"


def run_logged(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    sinks: Sequence[BinaryIO],
    seconds: float,
    haste: float = HASTE,
) -> int | None:
    """Run a program to its end; its exit code, or ``None`` when it took longer than ``seconds``.

    Both of its streams go to all ``sinks``. Where it is ended early (by the limit, by Ctrl-C, by SIGTERM), all
    that it started ends with it; ``haste`` is how many seconds an interrupt leaves it. Raises ``ToolError`` when
    there is no such program.
    """
    with _started(argv, cwd, env) as process:
        reader = threading.Thread(target=_copy, args=(process, sinks), daemon=True)
        reader.start()
        try:
            with _interrupted_by_sigterm():
                return process.wait(timeout=max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            _end(process, GRACE)
            return None
        finally:
            _end(process, haste)
            # What escaped from the program's group may hold the pipe open for ever.
            reader.join(timeout=HASTE)


@contextlib.contextmanager
def _started(argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=_POSIX,
        )
    except OSError as error:
        raise ToolError(f"cannot run {argv[0]}: {error.strerror or error}") from error
    try:
        yield process
    finally:
        process.wait()


def _copy(process: subprocess.Popen[bytes], sinks: Sequence[BinaryIO]) -> None:
    if process.stdout is None:
        return
    with process.stdout as stream:
        while chunk := os.read(stream.fileno(), 65536):
            for sink in sinks:
                # A reader that has gone away must not stop the program, nor the log.
                with contextlib.suppress(OSError, ValueError):
                    sink.write(chunk)
                    sink.flush()


def _end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """End the program, and on POSIX whatever it started, first politely: pytest then tells where it was."""
    if process.poll() is None:
        _signal(process, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
    if _POSIX:
        _signal(process, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if _POSIX:
            os.killpg(process.pid, number)
        else:
            process.terminate()


@contextlib.contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does: the program has a group of its own, which nobody else ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
