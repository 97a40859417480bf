"""``commonhold release inspect``: inspect all artifacts before the first upload."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.index_options import address_options, find_address, others_option
from commonhold.cli.release.progress import show_progress
from commonhold.cli.release.results import print_inspection
from commonhold.cli.release.store_options import find_store, store_options
from commonhold.release.model.state import STOPPED

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.release.inspect.inspection import Tools
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree
    from commonhold.workspace.config import Config


@click.command("inspect")
@store_options
@click.option("--strict", is_flag=True, help="Stop the release for any finding, in any tier, old or new.")
@click.option(
    "--smoke", type=click.Choice(["import"]), help="Also install and import each plugin alone, which runs its code."
)
@others_option
@address_options
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 64), default=4, show_default=True, help="Number of plugins at a time."
)
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    strict: bool,
    smoke: str | None,
    indexes: tuple[str, ...],
    word: str | None,
    simple: str | None,
    jobs: int,
) -> int:
    """Check artifacts for anything the index would reject, and for plugins that cannot be installed.

    A plugin with a finding is held back, and so is any plugin whose pins require its new version. If the plugin's tier
    has `on-release-failure = "stop"`, the whole release stops, unless the previous release had the same defect.
    Archives are never unpacked to disk, and code from them runs only with --smoke.
    """
    from commonhold.release.inspect.inspection import InspectionSettings, inspect

    store = find_store(context, version, folder)
    tree, config = _tree(context, store)
    with store.lock(), show_progress() as reporter:
        tools = _tools(store, word, simple, indexes)
        found = inspect(store, tree, config, tools, InspectionSettings(jobs, smoke is not None, strict), reporter)
    print_inspection(found)
    return STOPPED if found.stopped else 0


def _tree(context: Context, store: Store) -> tuple[Tree, Config]:
    repository = context.repository()
    tree = repository.tree(repository.resolve(store.plan.commit))
    return tree, context.read_config(tree, repository.root)


def _tools(store: Store, word: str | None, simple: str | None, indexes: tuple[str, ...]) -> Tools:
    from commonhold.effects.process.run import GroupRunner
    from commonhold.index.client import IndexClient
    from commonhold.index.uv import find_uv, uv_environ
    from commonhold.release.inspect.inspection import Tools
    from commonhold.release.inspect.installability import Uv

    uv = Uv(find_uv(os.environ), uv_environ(os.environ), GroupRunner(), indexes)
    return Tools(uv, IndexClient(find_address(store, word, simple)))
