"""The command ``remove``: remove plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.acting import with_plan_options
from commonhold_plugins.cli.completion import complete_plugins

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.argument("names", nargs=-1, required=True, metavar="PLUGIN...", shell_complete=complete_plugins)
@click.option("--into-environment", is_flag=True, help="Change a project's environment, not its lock file.")
@with_plan_options
@click.pass_obj
def command(
    invocation: Invocation, names: tuple[str, ...], into_environment: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Remove each PLUGIN, unless another installed plugin requires it.

    Packages that nothing requires afterwards are listed, but not removed.
    """
    from commonhold_plugins.cli.acting import make_client, repair, run_plan

    client = make_client(invocation)
    repair(invocation, client, dry_run=dry_run)
    plan = client.plan_remove(names)
    run_plan(invocation, client, plan, dry_run=dry_run, yes=yes, as_json=as_json, into_environment=into_environment)
