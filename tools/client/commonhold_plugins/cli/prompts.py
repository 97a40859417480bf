"""Ask the user, but only on a terminal: a script must agree with ``--yes``."""

from __future__ import annotations

import sys

import click

from commonhold_plugins.cli.terminal import wrapped
from commonhold_plugins.errors import WrongUsageError


def confirm(question: str, *, yes: bool, what: str = "this") -> bool:
    """Return whether the user agrees. Without a terminal and without ``--yes``, raises ``WrongUsageError``."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise WrongUsageError(
            f"{what} needs your agreement, and there is no terminal to ask", hint="Add --yes to agree."
        )
    while True:
        click.echo("\n".join(wrapped(f"{question} [y/N]")) + " ", err=True, nl=False)
        answer = sys.stdin.readline()
        if answer.strip().lower() in ("y", "yes"):
            return True
        if answer.strip().lower() in ("", "n", "no"):
            return False
