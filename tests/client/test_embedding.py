"""The group of commands inside another command line."""

from __future__ import annotations

import click
import pytest

from commonhold_plugins import Host
from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import ShownError
from commonhold_plugins.errors import ClientError

HOST = Host(core="core", root="http://127.0.0.1:9/")


def test_an_embedding_command_line_prints_the_hint_in_its_own_way() -> None:
    error = ShownError(ClientError("it failed", hint="Run: {command} update"), "acme plugins")
    assert error.format_message() == "it failed\nRun: acme plugins update"
    assert ShownError(ClientError("it failed"), "acme plugins").format_message() == "it failed"


@pytest.mark.parametrize(("words", "code"), [([], 1), (["--series", "1.0"], 4), (["--series"], 2)])
def test_an_embedding_command_line_exits_with_the_code_of_the_command(words: list[str], code: int) -> None:
    main = click.Group("acme")
    main.add_command(plugins_group(HOST))
    with pytest.raises(SystemExit) as ended:
        main.main(["plugins", "search", "x", *words], prog_name="acme")
    assert ended.value.code == code
