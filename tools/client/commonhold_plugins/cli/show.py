"""The command ``show``: everything about one plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.completion import complete_plugins

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.argument("name", metavar="PLUGIN", shell_complete=complete_plugins)
@click.option("--versions", is_flag=True, help="List all versions, and which of them fit this environment.")
@click.option("--readme", is_flag=True, help="Show the readme of the newest version that fits.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(invocation: Invocation, name: str, versions: bool, readme: bool, as_json: bool) -> None:
    """Show what PLUGIN does, who supports it, its state, and the version that fits the installed core.

    PLUGIN is a short name, such as `spark`, or a distribution's name. Plugins outside the official tier have their
    tier or plugin index in front: `community/vaex`.
    """
    from commonhold_plugins.cli import show_output
    from commonhold_plugins.cli.fit import find_fit

    entry = invocation.catalog().find(name)
    fit = find_fit(invocation, entry)
    if as_json:
        from commonhold_plugins.cli.json_output import emit_json

        emit_json(**show_output.entry_as_json(entry, fit))
    elif versions:
        show_output.print_versions(entry, fit)
    elif readme:
        from commonhold_plugins.cli.readme import print_readme

        print_readme(invocation, entry, fit.release)
    else:
        show_output.print_entry(entry, fit, invocation.command)
