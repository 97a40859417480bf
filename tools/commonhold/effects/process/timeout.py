"""Running a program whose end comes in time: by itself, or by force, and then with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # noqa: TID251 - the fourth kind of process: waited for, but not for ever
import tempfile
from typing import TYPE_CHECKING

from commonhold.effects.process.programs import Finished
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    from commonhold.effects.process.programs import Pending

_POSIX = os.name == "posix"


class TooLongError(ToolError):
    """A program took longer than it may."""


class TimeoutRunner:
    """A :class:`~commonhold.effects.process.programs.Runner` whose programs may take ``seconds`` each.

    To wait for one raises ``TooLongError`` when it did not end by then. Several threads may use it.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: set[_Process] = set()
        self._ended = False

    def start(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Pending:
        if self._ended:
            raise ToolError(f"{argv[0]} was to be started after the end")
        # Files, not pipes: what a program leaves running could hold those open for ever.
        files: list[IO[bytes]] = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115 - closed at its end
        files[0].write(stdin)
        files[0].seek(0)
        try:
            process = subprocess.Popen(
                list(argv),
                env=None if env is None else dict(env),
                stdin=files[0],
                stdout=files[1],
                stderr=files[2],
                start_new_session=_POSIX,
            )
        except OSError as error:
            _close(files)
            raise ToolError(f"cannot run {argv[0]}: {error.strerror or error}") from error
        pending = _Process(tuple(argv), process, files, self)
        self._running.add(pending)
        return pending

    def end(self) -> None:
        """End all that runs, whoever waits for it, and start nothing more."""
        self._ended = True
        for pending in list(self._running):
            pending.kill()

    def wait(self, pending: _Process, process: subprocess.Popen[bytes]) -> int:
        """The exit code of one of its programs; whatever that started is ended."""
        try:
            return process.wait(timeout=self._seconds)
        except subprocess.TimeoutExpired as error:
            raise TooLongError(f"{pending.argv[0]} took longer than {self._seconds:.0f} s and was ended") from error
        finally:
            self._running.discard(pending)
            pending.kill()
            process.wait()


class _Process:
    def __init__(
        self, argv: tuple[str, ...], process: subprocess.Popen[bytes], files: list[IO[bytes]], owner: TimeoutRunner
    ) -> None:
        self.argv = argv
        self._process = process
        self._files = files
        self._owner = owner
        self._finished: Finished | None = None

    def wait(self) -> Finished:
        if self._finished is None:
            try:
                code = self._owner.wait(self, self._process)
                self._finished = Finished(self.argv, code, *map(_content, self._files[1:]))
            finally:
                _close(self._files)
        return self._finished

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if _POSIX:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _close(files: list[IO[bytes]]) -> None:
    for file in files:
        file.close()
