"""The command ``export``: print the installed plugins for other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.option(
    "--format",
    "form",
    type=click.Choice(["requirements", "pylock", "imagespec", "uv"]),
    default="requirements",
    show_default=True,
    help="The tool that reads the lines: pip or uv, a pylock.toml, flytekit's ImageSpec, or uv with the package index.",
)
@click.pass_obj
def command(invocation: Invocation, form: str) -> None:
    """Print the installed plugins with their hashes, to paste them into a requirements file or a container image."""
    from commonhold_plugins.cli.acting import make_client
    from commonhold_plugins.cli.terminal import emit
    from commonhold_plugins.exports import export_plugins

    receipts = make_client(invocation).receipts()
    if not receipts:
        invocation.tell("No plugin is installed.")
        return
    emit(export_plugins(receipts, form))
