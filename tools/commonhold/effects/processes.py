"""Running other programs: one place, no shell, nothing unchecked.

Every other module that needs a process is given a :class:`Runner`; ruff forbids ``subprocess`` elsewhere.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple, Protocol

from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Finished(NamedTuple):
    """How a program ended: its exit code and what it wrote."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    def complaint(self) -> str:
        """The last lines of what the program said, fit for a message."""
        text = (self.stderr or self.stdout).decode("utf-8", "backslashreplace").strip()
        return "\n".join(text.splitlines()[-5:])


class Pending(Protocol):
    """A program that is running beside this one."""

    def wait(self) -> Finished:
        """Its end, however often it is asked for."""


class Runner(Protocol):
    """Starts programs. The environment is the whole environment, not an addition to this process's."""

    def start(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Pending:
        """Start ``argv`` and return at once; raise ``ToolError`` when there is no such program."""


class _Process:
    def __init__(self, argv: tuple[str, ...], process: subprocess.Popen[bytes], stdin: bytes) -> None:
        self._argv = argv
        self._process = process
        self._stdin = stdin
        self._finished: Finished | None = None

    def wait(self) -> Finished:
        if self._finished is None:
            stdout, stderr = self._process.communicate(self._stdin or None)
            self._finished = Finished(self._argv, self._process.returncode, stdout, stderr)
        return self._finished

    def __del__(self) -> None:
        if self._finished is None:  # nobody wants the answer any more
            with self._process:
                self._process.kill()


class Processes:
    """The real :class:`Runner`."""

    def start(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Pending:
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=dict(os.environ if env is None else env),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except (FileNotFoundError, NotADirectoryError) as error:
            if cwd is not None and not os.path.isdir(cwd):
                raise ToolError(f"{cwd} is not a folder", hint="Name an existing folder after -C.") from error
            raise ToolError(
                f"cannot run {argv[0]}: no such program on PATH", hint=f"Install {argv[0]} and try again."
            ) from error
        except OSError as error:
            raise ToolError(f"cannot run {argv[0]}: {error.strerror or error}") from error
        return _Process(tuple(argv), process, stdin)
