"""Running other programs: one place, no shell, nothing unchecked.

Every other module that needs a process is given a :class:`Runner`; ruff forbids ``subprocess`` elsewhere.
"""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING, NamedTuple, Protocol
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_SIGKILL = 9  # of module signal, which is slow to import


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

    def start(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Pending:
        """Start ``argv`` and return at once; raise ``ToolError`` when there is no such program."""


class Processes:
    """The real :class:`Runner`.

    A program writes to memory, not to a pipe: it never waits for its reader, so that several programs
    and this process really work side by side. And it is started without ``subprocess``, whose import
    alone takes as long as an answer of git.
    """

    def start(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Pending:
        variables = os.environ if env is None else env
        program = _find(argv[0], variables.get("PATH", os.defpath))
        handles = [_scratch(stdin), _scratch(), _scratch()]
        actions = [(os.POSIX_SPAWN_DUP2, handle, number) for number, handle in enumerate(handles)]
        try:
            process = os.posix_spawn(program, tuple(argv), variables, file_actions=actions)
        except OSError as error:
            _close(handles)
            raise ToolError(f"cannot run {program}: {error.strerror or error}") from error
        return _Process(tuple(argv), process, handles)


class _Process:
    def __init__(self, argv: tuple[str, ...], process: int, handles: list[int]) -> None:
        self._argv = argv
        self._process = process
        self._handles = handles
        self._finished: Finished | None = None

    def wait(self) -> Finished:
        if self._finished is None:
            _, status = os.waitpid(self._process, 0)
            _, stdout, stderr = map(_content, self._handles)
            _close(self._handles)
            self._finished = Finished(self._argv, os.waitstatus_to_exitcode(status), stdout, stderr)
        return self._finished

    def __del__(self) -> None:
        if self._finished is None:  # nobody wants the answer any more
            end(self._process)
            _close(self._handles)


def end(process: int) -> None:
    """Kill a process of our own, which may have ended just now."""
    try:
        os.kill(process, _SIGKILL)
        os.waitpid(process, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def _find(program: str, path: str) -> str:
    """The program as the environment that it gets would find it."""
    places = [program] if os.sep in program else [os.path.join(folder, program) for folder in path.split(os.pathsep)]
    for place in places:
        if os.access(place, os.X_OK) and os.path.isfile(place):
            return place
    raise ToolError(f"cannot run {program}: no such program on PATH", hint=f"Install {program} and try again.")


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


def _content(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    with open(handle, "rb", closefd=False) as file:
        return file.read()


def _close(handles: list[int]) -> None:
    for handle in handles:
        os.close(handle)
