"""An option of `commonhold` that follows the command is an error with the command line that works."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from commonhold.cli.__main__ import main
from commonhold.cli.commands import ANYWHERE, COMMANDS, commonhold, move_options


def commands() -> list[list[str]]:
    """Every command and subcommand."""
    found: list[list[str]] = []
    context = click.Context(commonhold)
    for name in COMMANDS:
        command = commonhold.get_command(context, name)
        inner = command.list_commands(context) if isinstance(command, click.Group) else []
        found += [[name, each] for each in inner] or [[name]]
    return found


OPTIONS = {flag: option for option in commonhold.params for flag in option.opts if flag not in ANYWHERE}


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_names_the_right_place(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for flag, option in OPTIONS.items():
        value = [] if getattr(option, "is_flag", False) else ["a b"]
        assert main([*command, flag, *value]) == 2
        advice = f"{flag} must precede the command: `{shlex.join(['commonhold', flag, *value, *command])}`"
        assert advice in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        ("check --config=x -v acme", "--config=x check -v acme"),
        ("-C . check --fix -Csub acme", "-C . -Csub check --fix acme"),
        ("check acme --config x -C y", "--config x -C y check acme"),
        ("release plan --config", "--config FILE release plan"),
        ("check --config x -- -C y", "--config x check -- -C y"),
    ],
)
def test_options_keep_their_values(words: str, moved: str) -> None:
    name = re.findall(r"--config|-C", words.replace("-C . ", "").partition(" -- ")[0])[0]
    assert move_options(words.split(), name) == ["commonhold", *moved.split()]
    assert move_options(words.split(), "--json") is None
