"""The command ``hold``: exclude plugins from upgrades."""

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
    """Keep each PLUGIN at its version: `upgrade` leaves it out until you unhold it."""
    change_hold(invocation, names, held=True)


def change_hold(invocation: Invocation, names: tuple[str, ...], *, held: bool) -> None:
    """Hold or unhold plugins, and print those that changed."""
    from commonhold_plugins.cli.acting import make_client
    from commonhold_plugins.cli.terminal import emit

    changed = make_client(invocation).hold(names, held=held)
    for receipt in changed:
        emit(f"{receipt.short} is {'held at' if held else 'no longer held at'} {receipt.version}")
    if not changed:
        invocation.tell("Nothing to change.")
