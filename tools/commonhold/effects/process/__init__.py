"""Run other programs: the only package that starts them.

A :class:`Command` describes the program. Choose the module by what you need from it:

- ``spawn``: the exit code and the output of a short program, started as fast as possible;
- ``run``: the same with a time limit (``run``), or the output in a log while the program runs (``stream``);
- ``interact``: a conversation with the program, line by line.

No command goes through a shell.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(NamedTuple):
    """A program with its arguments, and the surroundings that it runs in.

    ``env`` is the complete environment, not an addition to the current one; ``None`` stands for the current one.
    ``cwd`` is the folder to run in (``None``: the current folder), ``input`` is the content of the standard input, and
    ``timeout`` is a limit in seconds (``None``: no limit).
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    cwd: str | None = None
    input: bytes = b""
    timeout: float | None = None


class Finished(NamedTuple):
    """The end of a program: its exit code (``-N`` if signal N killed it) and its output."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    def error_text(self) -> str:
        """The last five lines of the errors, or of the output if there are no errors, for a message."""
        text = (self.stderr or self.stdout).decode("utf-8", "backslashreplace").strip()
        return "\n".join(text.splitlines()[-5:])


class Running(Protocol):
    """A program that runs in parallel to this process."""

    def wait(self) -> Finished:
        """Wait for the end of the program. Later calls return the same value."""


class Runner(Protocol):
    """Starts programs. Code that needs a program receives a runner as a parameter, so that tests can replace it."""

    def start(self, command: Command) -> Running:
        """Start a program and return at once; raise ``ToolError`` if the program cannot be started."""
