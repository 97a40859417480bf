"""Running other programs: one place, no shell, nothing unchecked.

Every other module that needs a process is given a :class:`Runner`; ruff forbids ``subprocess`` elsewhere.
"""

from __future__ import annotations

import os
import subprocess
import weakref
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
    def __init__(self, argv: tuple[str, ...], process: subprocess.Popen[bytes], stdout: int, stderr: int) -> None:
        self._argv = argv
        self._process = process
        self._outputs = (stdout, stderr)
        self._finished: Finished | None = None
        self._unwanted = weakref.finalize(self, _end, process, self._outputs)

    def wait(self) -> Finished:
        if self._finished is None:
            code = self._process.wait()
            self._unwanted.detach()
            self._finished = Finished(self._argv, code, *map(_drain, self._outputs))
        return self._finished


def _end(process: subprocess.Popen[bytes], outputs: tuple[int, int]) -> None:
    """What becomes of a program whose answer nobody wants any more."""
    process.kill()
    process.wait()
    for output in outputs:
        os.close(output)


class Processes:
    """The real :class:`Runner`.

    A program writes to memory, not to a pipe: it never waits for its reader, so that several programs
    and this process really work side by side.
    """

    def start(
        self,
        argv: Sequence[str],
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Pending:
        stdout, stderr = _scratch(), _scratch()
        source = _scratch(stdin) if stdin else subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=dict(os.environ if env is None else env),
                stdin=source,
                stdout=stdout,
                stderr=stderr,
            )
        except OSError as error:
            os.close(stdout)
            os.close(stderr)
            raise _cannot_start(argv[0], cwd, error) from error
        finally:
            if source >= 0:
                os.close(source)
        return _Process(tuple(argv), process, stdout, stderr)


def _cannot_start(program: str, cwd: str | None, error: OSError) -> ToolError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        if cwd is not None and not os.path.isdir(cwd):
            return ToolError(f"{cwd} is not a folder", hint="Name an existing folder after -C.")
        return ToolError(f"cannot run {program}: no such program on PATH", hint=f"Install {program} and try again.")
    return ToolError(f"cannot run {program}: {error.strerror or error}")


def _scratch(content: bytes = b"") -> int:
    """A file without a name that holds ``content``, at its beginning."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("commonhold")
    else:
        import tempfile

        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
    with open(handle, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def _drain(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    with open(handle, "rb") as file:
        return file.read()
