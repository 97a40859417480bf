"""Running a program whose end comes in time: by itself, or by force, and then with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # noqa: TID251 - the fourth kind of process: waited for, but not for ever
import tempfile

from commonhold.effects.processes import Finished
from commonhold.errors import ToolError
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    from commonhold.effects.processes import Pending

_POSIX = os.name == "posix"


class TooLongError(ToolError):
    """A program took longer than it may."""


class Limited:
    """A :class:`~commonhold.effects.processes.Runner` whose programs may take ``seconds`` each.

    To wait for one raises ``TooLongError`` when it did not end by then.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def start(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Pending:
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
        return _Process(tuple(argv), process, files, self._seconds)


class _Process:
    def __init__(
        self, argv: tuple[str, ...], process: subprocess.Popen[bytes], files: list[IO[bytes]], seconds: float
    ) -> None:
        self._argv = argv
        self._process = process
        self._files = files
        self._seconds = seconds
        self._finished: Finished | None = None

    def wait(self) -> Finished:
        if self._finished is None:
            try:
                code = self._process.wait(timeout=self._seconds)
                self._finished = Finished(self._argv, code, *map(_content, self._files[1:]))
            except subprocess.TimeoutExpired as error:
                raise TooLongError(f"{self._argv[0]} took longer than {self._seconds:.0f} s and was ended") from error
            finally:
                self._end()
        return self._finished

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if _POSIX:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        _close(self._files)

    def __del__(self) -> None:
        if not self._files[0].closed:  # nobody wants the answer any more
            self._end()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _close(files: list[IO[bytes]]) -> None:
    for file in files:
        file.close()
