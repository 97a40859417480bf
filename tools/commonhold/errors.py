"""Errors that users can act on, with one class for each kind of action.

A message names the problem and its place; ``hint`` is the next step. The exit codes are part of the stable command-line
interface, documented in ``docs/reference/cli.md``.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Never


DOCUMENTATION = "https://commonhold.readthedocs.io/en/latest/"
"""The address of the documentation, also in ``pyproject.toml`` and ``mkdocs.yml``."""


def page_url(page: str) -> str:
    """Return the URL of a documentation page for hints, because an installed package does not contain the page.

    >>> page_url("reference/cli#exit-codes")
    'https://commonhold.readthedocs.io/en/latest/reference/cli/#exit-codes'
    """
    path, mark, anchor = page.partition("#")
    return f"{DOCUMENTATION}{path}{'/' if path else ''}{mark}{anchor}"


class CommonholdError(Exception):
    """An error that the command line prints as a message, without a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigurationError(CommonholdError):
    """The configuration is invalid or contradicts the repository: edit the place that the message names."""

    exit_code = 2


class UsageError(CommonholdError):
    """The arguments of a command are invalid: run the command with different arguments."""

    exit_code = 2


class GitError(CommonholdError):
    """Git failed: fetch the missing commits or objects, or repair the repository."""

    exit_code = 4


class ToolError(CommonholdError):
    """A program or server is missing or failed: install the program, or try again later."""

    exit_code = 4


def assert_never(value: Never) -> Never:
    """Fail on a value that no branch handles; type checkers prove that the call is unreachable."""
    raise AssertionError(f"unhandled value: {value!r}")
