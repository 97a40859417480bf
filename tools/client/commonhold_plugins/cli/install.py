"""The command ``install``: install plugins by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.acting import with_plan_options
from commonhold_plugins.cli.completion import complete_plugins

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.client import Client
    from commonhold_plugins.environments.kinds import LockedProject
    from commonhold_plugins.plan.model import Plan


@click.command
@click.argument("names", nargs=-1, required=True, metavar="PLUGIN...", shell_complete=complete_plugins)
@click.option("--pre", is_flag=True, help="Allow pre-releases.")
@click.option("--into-environment", is_flag=True, help="Install into a project's environment, not into its lock file.")
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
    from commonhold_plugins.environments.kinds import project_of

    client = make_client(invocation)
    repair(invocation, client, dry_run=dry_run)
    plan = client.plan_install(names, pre=pre)
    project = None if into_environment else project_of(client.environment)
    if project is not None and plan.changes:
        _add_to_project(invocation, client, plan, project, dry_run=dry_run, yes=yes, as_json=as_json)
    else:
        run_plan(invocation, client, plan, dry_run=dry_run, yes=yes, as_json=as_json)
    if not dry_run and not as_json:
        _print_next_steps(client, plan)


def _add_to_project(
    invocation: Invocation,
    client: Client,
    plan: Plan,
    project: LockedProject,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    from shlex import join

    from commonhold_plugins.cli.acting import run_plan
    from commonhold_plugins.cli.prompts import confirm
    from commonhold_plugins.text import printable

    words = project.add_command(client.project_requirements(plan))
    invocation.tell(
        f"This environment belongs to the project in {printable(project.folder)}. Its next sync would remove a plugin "
        f"that its lock file lacks, so this command adds it:\n  {printable(join(words))}\n"
        "Add --into-environment to install it into the environment only."
    )
    if not dry_run and not confirm("Run the command?", yes=yes, what="a change to the project"):
        return
    run_plan(
        invocation,
        client,
        client.for_project(plan, project),
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
        apply=lambda changed, reporter: client.apply_to_project(changed, project, reporter),
    )


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
