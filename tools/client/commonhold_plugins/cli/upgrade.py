"""The command ``upgrade``: upgrade plugins, all or nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.acting import with_plan_options
from commonhold_plugins.cli.completion import complete_plugins

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.client import Client


@click.command
@click.argument("names", nargs=-1, metavar="[PLUGIN]...", shell_complete=complete_plugins)
@click.option("--pre", is_flag=True, help="Allow pre-releases.")
@click.option("-p", "--partial", is_flag=True, help="Upgrade what can be upgraded, list the rest, and exit with 5.")
@click.option("--follow", multiple=True, metavar="PLUGIN", help="Agree that this plugin moved to another one.")
@click.option("--into-environment", is_flag=True, help="Change a project's environment, not its lock file.")
@with_plan_options
@click.pass_obj
def command(
    invocation: Invocation,
    names: tuple[str, ...],
    pre: bool,
    partial: bool,
    follow: tuple[str, ...],
    into_environment: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Upgrade each PLUGIN, or every plugin, to the newest version that fits the core, and link the release notes.

    Everything is resolved first, and then installed in one call. If that fails, the previous versions are restored.
    A plugin that moved to another one, such as a fork, is replaced only if you confirm it on a terminal or name it
    with --follow: --yes is not enough.
    """
    from commonhold_plugins.cli.acting import make_client, repair, run_plan

    client = make_client(invocation)
    repair(invocation, client, dry_run=dry_run)
    followed = _confirmed_moves(client, names, follow, ask=not dry_run and not as_json)
    plan = client.plan_upgrade(names, pre=pre, partial=partial, follow=followed)
    run_plan(invocation, client, plan, dry_run=dry_run, yes=yes, as_json=as_json, into_environment=into_environment)


def _confirmed_moves(client: Client, names: tuple[str, ...], follow: tuple[str, ...], *, ask: bool) -> set[str]:
    """Return the distributions that moved, and whose move the user confirms."""
    from commonhold_plugins.cli.prompts import confirm
    from commonhold_plugins.names import parse_reference
    from commonhold_plugins.text import printable

    named = {parse_reference(each).name for each in follow}
    upgraded = {parse_reference(each).name for each in names}
    confirmed = set()
    for entry in client.moved():
        plugin, moved = entry.plugin, entry.status.moved_to
        if moved is None or (upgraded and not upgraded & {plugin.name, plugin.short}):
            continue
        question = f"{entry.reference} moved to {moved.name} ({moved.reason}). Replace it?"
        on_terminal = ask and sys.stdin.isatty() and sys.stderr.isatty()
        if named & {plugin.name, plugin.short} or (on_terminal and confirm(printable(question), yes=False)):
            confirmed.add(plugin.name)
    return confirmed
