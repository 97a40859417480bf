"""The command ``install``: install plugins by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.acting import with_plan_options
from commonhold_plugins.cli.completion import complete_plugins

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.argument("names", nargs=-1, required=True, metavar="PLUGIN...", shell_complete=complete_plugins)
@click.option("--pre", is_flag=True, help="Allow pre-releases.")
@click.option("--into-environment", is_flag=True, help="Change a project's environment, not its lock file.")
@with_plan_options
@click.pass_obj
def command(
    invocation: Invocation,
    names: tuple[str, ...],
    pre: bool,
    into_environment: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Install PLUGIN, such as `spark`, `community/vaex` or `spark==1.16.3`, in the newest version that fits the core.

    A plugin and the plugins that it requires are installed by URL and hash. The core is never changed: a plugin that
    needs another version of it is refused.
    """
    from commonhold_plugins.cli.acting import make_client, repair, run_plan
    from commonhold_plugins.cli.next_steps import print_next_steps, warn_about_states

    client = make_client(invocation)
    repair(invocation, client, dry_run=dry_run)
    plan = client.plan_install(names, pre=pre)
    warn_about_states(client, plan)
    run_plan(invocation, client, plan, dry_run=dry_run, yes=yes, as_json=as_json, into_environment=into_environment)
    if not dry_run and not as_json:
        print_next_steps(client, plan)
