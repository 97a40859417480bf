"""The command ``install``: install plugins by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.acting import with_plan_options
from commonhold_plugins.cli.completion import complete_plugins

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.client import Client
    from commonhold_plugins.plan.model import Plan


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

    client = make_client(invocation)
    repair(invocation, client, dry_run=dry_run)
    plan = client.plan_install(names, pre=pre)
    run_plan(invocation, client, plan, dry_run=dry_run, yes=yes, as_json=as_json, into_environment=into_environment)
    if not dry_run and not as_json:
        _print_next_steps(client, plan)


def _print_next_steps(client: Client, plan: Plan) -> None:
    from commonhold_plugins.cli.terminal import emit
    from commonhold_plugins.errors import ClientError
    from commonhold_plugins.text import printable

    for change in plan.plugins:
        if not change.requested or change.action == "keep":
            continue
        try:
            entry = client.catalog.find(f"{change.source}/{change.name}")
        except ClientError:
            continue
        plugin = entry.plugin
        release = next((each for each in plugin.releases if each.version == change.new), None)
        for name in release.import_names[:1] if release is not None else ():
            emit(f"  import {printable(name)}")
        page = f"{entry.base}{plugin.page}" if plugin.page and entry.base.startswith("http") else None
        if link := plugin.documentation or page or plugin.homepage:
            emit(f"  Quick start: {printable(link)}")
