"""Run other programs; no other package starts programs.

A :class:`Command` describes the program. Each module provides a different result:

- ``spawn``: the exit code and the output of a short program, started as fast as possible;
- ``run``: the same with a time limit (``run``), or with the output copied to a log as it arrives (``stream``);
- ``interact``: input and output line by line while the program runs.

No command is run by a shell.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(NamedTuple):
    """A program with its arguments, environment, working folder, input and limits.

    ``env`` is the complete environment, not an addition to the current environment (``None``: the current environment).
    ``cwd`` is the working folder (``None``: the current folder), ``input`` is the content of standard input,
    ``timeout`` is a limit in seconds, and ``most_output`` is a limit for the bytes of its output and of each file that
    it writes (``None``: no limit). A program that exceeds the latter fails.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    cwd: str | None = None
    input: bytes = b""
    timeout: float | None = None
    most_output: int | None = None


class Finished(NamedTuple):
    """The result of a program: its exit code (``-N`` if signal N killed it) and its output."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    def error_text(self) -> str:
        """Return the last five lines of standard error for a message, or of the output if standard error is empty."""
        text = (self.stderr or self.stdout).decode("utf-8", "backslashreplace").strip()
        return "\n".join(text.splitlines()[-5:])


class Running(Protocol):
    """A program that runs in parallel with this process."""

    def wait(self) -> Finished:
        """Wait until the program ends, and return its result. Later calls return the same value."""


class Runner(Protocol):
    """Starts programs. Code that runs a program receives a runner as a parameter, so that tests can replace it."""

    def start(self, command: Command) -> Running:
        """Start a program without waiting for its end. Raises ``ToolError`` if the program cannot be started."""
