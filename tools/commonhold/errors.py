"""The errors that users can act on, one class for each kind of action.

A message names the problem and its place; ``hint`` is what to do next. The exit codes are a stable interface of the
command line, documented in ``docs/reference/cli.md``.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Never


class CommonholdError(Exception):
    """An error that the command line prints as a sentence, without a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigurationError(CommonholdError):
    """The configuration is invalid, or contradicts the repository: edit the place that the message names."""

    exit_code = 2


class UsageError(CommonholdError):
    """The arguments of a command are invalid: run it with others."""

    exit_code = 2


class GitError(CommonholdError):
    """Git failed: fetch what is missing, or repair the repository."""

    exit_code = 4


class ToolError(CommonholdError):
    """A program or a server is missing, or failed: install it, or try again later."""

    exit_code = 4


def assert_never(value: Never) -> Never:
    """Fail on a value that no branch handles. A type checker proves that the call is unreachable."""
    raise AssertionError(f"unhandled value: {value!r}")
