"""Ask the person at the terminal for values; without a terminal, nothing is asked, so that no command waits forever."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from commonhold.cli.terminal import echo_error
from commonhold.errors import UsageError
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def can_ask() -> bool:
    """Return whether a person can see a question and type an answer."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask(question: str, check: Callable[[str], str], default: str | None = None) -> str:
    """Ask until ``check`` accepts the answer, and return what ``check`` returns.

    ``check`` raises ``UsageError`` with the reason why an answer is not accepted.
    """

    def convert(answer: str) -> str:
        try:
            return check(answer.strip())
        except UsageError as error:
            raise click.UsageError(printable(error.message)) from error

    answer: str = click.prompt(printable(question), default=default, value_proc=convert, err=True)
    return answer


def ask_choice(question: str, options: Mapping[str, str], default: str | None = None) -> str:
    """List options with their descriptions, and ask for the name of one of them."""
    width = max(map(len, options))
    for name, description in options.items():
        echo_error(f"  {printable(name):{width}}  {printable(description)}", wrap=False)

    def known(answer: str) -> str:
        if answer not in options:
            raise UsageError(f"{answer!r} is not in the list")
        return answer

    return ask(question, known, default)


def ask_confirmation(question: str, *, default: bool = False) -> bool:
    """Ask a question with the answers yes and no."""
    return click.confirm(printable(question), default=default, err=True)
