"""The command ``sync``: restore the installed plugins, or install a team's list."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from commonhold_plugins.cli.acting import with_plan_options

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.argument("file", required=False, type=click.File(encoding="utf-8"), metavar="[FILE]")
@with_plan_options
@click.pass_obj
def command(invocation: Invocation, file: TextIO | None, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Install the plugins again that were installed before the environment was rebuilt; repair changed ones.

    With FILE (`-` is stdin), install a team's list: lines of `export`, a pylock.toml, or names of plugins. The files
    come from the plugin index, and must have the hashes in the list.
    """
    from commonhold_plugins.cli.acting import make_client, repair, run_plan

    client = make_client(invocation)
    repair(invocation, client, dry_run=dry_run)
    wanted = None
    if file is not None:
        from commonhold_plugins.errors import WrongUsageError
        from commonhold_plugins.plan.team_list import read_team_list

        try:
            wanted = read_team_list(file.read(), file.name)
        except UnicodeDecodeError:
            raise WrongUsageError(f"{file.name} is not UTF-8") from None
    run_plan(invocation, client, client.plan_sync(wanted), dry_run=dry_run, yes=yes, as_json=as_json)
