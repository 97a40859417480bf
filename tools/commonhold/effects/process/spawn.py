"""Start short programs as fast as possible, without importing ``subprocess``."""

from __future__ import annotations

import os

from commonhold._typing import TYPE_CHECKING
from commonhold.effects.process import Finished
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.effects.process import Command, Running

_SIGKILL = 9  # `import signal` creates three enums, which takes about a millisecond


class SpawnRunner:
    """A :class:`~commonhold.effects.process.Runner` for the few git commands that `affected` runs.

    Importing ``subprocess`` alone takes as long as a git command. ``posix_spawn`` does not need an import, and the C
    library implements it without copying the page tables of this process.

    The program writes its output to memory, not to a pipe. A full pipe would block the program, because this process
    does not read until it has started several programs and done other work.

    The program stays in the process group of its caller: Ctrl-C must reach git directly, and git must be able to prompt
    for a passphrase, which the terminal allows only for its foreground group.
    """

    def start(self, command: Command) -> Running:
        if command.cwd is not None or command.timeout is not None:
            # posix_spawn cannot change the folder, and waiting with a time limit needs more than waitpid.
            from commonhold.effects.process.run import GroupRunner

            return GroupRunner().start(command)
        env = os.environ if command.env is None else command.env
        program = _find(command.argv[0], env.get("PATH", os.defpath))
        handles = [_memory_file(command.input), _memory_file(), _memory_file()]
        actions = [(os.POSIX_SPAWN_DUP2, handle, number) for number, handle in enumerate(handles)]
        try:
            child = _spawn(program, command, env, actions)
        except OSError as error:
            _close(handles)
            raise ToolError(f"cannot run {program}: {error.strerror or error}") from error
        return _Spawned(command.argv, child, handles)


def _spawn(program: str, command: Command, env: Mapping[str, str], actions: list[tuple[int, int, int]]) -> int:
    if command.most_output is None:
        return os.posix_spawn(program, command.argv, env, file_actions=actions)
    import resource  # imported late, like most modules here

    # The program inherits the limit. This process does not write while the limit is set.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    known = [limit for limit in (command.most_output, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(known), hard))
    try:
        return os.posix_spawn(program, command.argv, env, file_actions=actions)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class _Spawned:
    def __init__(self, argv: tuple[str, ...], child: int, handles: list[int]) -> None:
        self._argv = argv
        self._child = child
        self._handles = handles
        self._finished: Finished | None = None

    def wait(self) -> Finished:
        if self._finished is None:
            _, status = os.waitpid(self._child, 0)
            _, stdout, stderr = map(_content, self._handles)
            _close(self._handles)
            self._finished = Finished(self._argv, os.waitstatus_to_exitcode(status), stdout, stderr)
        return self._finished

    def __del__(self) -> None:
        # An exception can make the result of a running program useless. Without this, the program would keep running
        # and then stay a zombie, because its exit code is never collected.
        if self._finished is None:
            kill_child(self._child)
            _close(self._handles)


def kill_child(child: int) -> None:
    """Kill a child process and collect its exit code. The child may already have ended."""
    try:
        os.kill(child, _SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def _find(program: str, path: str) -> str:
    """Find a program on the ``PATH`` of the command's environment; posix_spawn would use this process's ``PATH``."""
    folders = [""] if os.sep in program else path.split(os.pathsep)
    candidates = [os.path.join(folder, program) for folder in folders]
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    raise ToolError(f"cannot run {program}: no such program on PATH", hint=f"Install {program} and try again.")


def _memory_file(content: bytes = b"") -> int:
    """Create an unnamed file that contains ``content``, positioned at its start."""
    if hasattr(os, "memfd_create"):  # memfd_create is Linux only; elsewhere, use a temporary file
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
