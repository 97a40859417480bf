"""What can go wrong, one class for each thing a user can act on.

A message says what happened and where; ``hint`` says what to do next. The exit codes are part of the
command line's contract and are documented in ``docs/reference/cli.md``.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Never


class CommonholdError(Exception):
    """Anything commonhold reports in a sentence instead of a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigurationError(CommonholdError):
    """The configuration, or a repository it describes, contradicts itself: edit the named place."""

    exit_code = 2


class UsageError(CommonholdError):
    """The command was called with something it cannot use: type another command."""

    exit_code = 2


class GitError(CommonholdError):
    """Git could not answer: fetch what is missing, or repair the repository."""

    exit_code = 4


class ToolError(CommonholdError):
    """A program or server that commonhold needs is missing or failed."""

    exit_code = 4


def assert_never(value: Never) -> Never:
    """Fail on a value that no branch handles. A type checker proves that the call is unreachable."""
    raise AssertionError(f"unhandled value: {value!r}")
