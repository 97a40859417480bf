"""``commonhold release stage``: prepare the copies of plugins for a build."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import click

from commonhold.cli.completion import complete_plugins
from commonhold.cli.release.store_options import open_source, store_options
from commonhold.cli.terminal import BOLD, GREEN, RED, echo_err, echo_error, emit, paint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.cli.context import Context
    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree

FAILED = 1


@click.command("stage")
@store_options
@click.option("--into", metavar="DIR", help="Keep the copies in DIR, in a folder for each plugin.")
@click.option(
    "--only",
    metavar="PLUGIN",
    multiple=True,
    shell_complete=complete_plugins,
    help="Stage only this plugin; repeatable.",
)
@click.option("--diff", "with_diff", is_flag=True, help="Print the changes to each copy.")
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    into: str | None,
    only: tuple[str, ...],
    with_diff: bool,
) -> int:
    """Copy each plugin from the planned commit, and write its version and its pins into the copy.

    A build does the same. Run this command before a build to find plugins that cannot be prepared. It does not write to
    the store.
    """
    from commonhold.effects.scratch import ScratchFolder
    from commonhold.release.model.store import open_store

    source = open_source(context)
    store = open_store(folder) if folder else source.open_store(version)
    tree, plugins = source.tree(store.plan.commit), _choose(store, only)
    with ScratchFolder("stage") as scratch:
        failed = [planned.name for planned in plugins if not _stage(tree, planned, into or scratch.path, with_diff)]
    echo_err(f"{len(plugins) - len(failed)} of {len(plugins)} plugins can be built as planned", BOLD)
    return FAILED if failed else 0


def _choose(store: Store, only: Iterable[str]) -> list[PlannedDistribution]:
    from commonhold.errors import UsageError
    from commonhold.projects.names import normalize

    released = {planned.name: planned for planned in store.plan.released}
    names = [normalize(name) for name in only]
    for name in names:
        if name not in released:
            status = f"commonhold release status --store {shlex.quote(store.folder)}"
            raise UsageError(f"this plan does not release {name}", hint=f"`{status}` lists the plugins.")
    return [released[name] for name in names] if names else list(released.values())


def _stage(tree: Tree, planned: PlannedDistribution, folder: str, with_diff: bool) -> bool:
    from commonhold.release.stage.staging import StageError, StampError, changes, stage
    from commonhold.text import printable

    try:
        staged = stage(tree, planned, os.path.join(folder, planned.name))
    except (StageError, StampError) as error:
        echo_error(f"{paint(planned.name, BOLD)} {paint(printable(error.message), RED)}")
        if error.hint:
            echo_error(f"  {printable(error.hint)}")
        return False
    emit(f"{paint(planned.name, BOLD)} {paint(planned.version, GREEN)}")
    variables = (f"{name}={value}" for name, value in staged.env.items())
    for line in (*variables, *(changes(tree, planned, staged) if with_diff else ())):
        emit(f"  {printable(line)}")
    return True
