"""The command ``unhold``: include plugins in upgrades again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.completion import complete_plugins

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.argument("names", nargs=-1, required=True, metavar="PLUGIN...", shell_complete=complete_plugins)
@click.pass_obj
def command(invocation: Invocation, names: tuple[str, ...]) -> None:
    """Let `upgrade` change each PLUGIN again."""
    from commonhold_plugins.cli.hold import change_hold

    change_hold(invocation, names, held=False)
