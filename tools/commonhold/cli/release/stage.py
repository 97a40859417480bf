"""``commonhold release stage``: what would be built, to look at."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store, store_options
from commonhold.cli.terminal import BOLD, GREEN, RED, echo_err, emit, paint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.cli.context import Context
    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree

FAILED = 1


@click.command("stage")
@store_options
@click.option(
    "--into", metavar="DIR", help="Keep the copies, each in a folder named for its plugin; else none is kept."
)
@click.option("--only", metavar="PLUGIN", multiple=True, help="Stage this one; may be given several times.")
@click.option("--diff", "with_diff", is_flag=True, help="Print what was changed in each copy.")
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    into: str | None,
    only: tuple[str, ...],
    with_diff: bool,
) -> int:
    """Copy each plugin from the planned commit and give it its version and its pins.

    A build does this by itself. Here it tells, before anything is built, which plugins cannot be stamped and why.
    Nothing is written to the store.
    """
    store = find_store(context, version, folder)
    tree, plugins = _tree(context, store), _choose(store, only)
    with tempfile.TemporaryDirectory(prefix="commonhold-") as scratch:
        failed = [planned.name for planned in plugins if not _stage(tree, planned, into or scratch, with_diff)]
    echo_err(f"{len(plugins) - len(failed)} of {len(plugins)} plugins can be built as planned", BOLD)
    return FAILED if failed else 0


def _tree(context: Context, store: Store) -> Tree:
    repository = context.repository()
    return repository.tree(repository.resolve(store.plan.commit))


def _choose(store: Store, only: Iterable[str]) -> list[PlannedDistribution]:
    from commonhold.errors import UsageError
    from commonhold.projects.names import normalize

    released = {planned.name: planned for planned in store.plan.released}
    names = [normalize(name) for name in only]
    for name in names:
        if name not in released:
            raise UsageError(f"{name} is not released by this plan", hint="`commonhold release status` lists them.")
    return [released[name] for name in names] if names else list(released.values())


def _stage(tree: Tree, planned: PlannedDistribution, folder: str, with_diff: bool) -> bool:
    from commonhold.release.stage.staging import StageError, StampError, changes, stage
    from commonhold.text import printable

    try:
        staged = stage(tree, planned, os.path.join(folder, planned.name))
    except (StageError, StampError) as error:
        echo_err(f"{paint(planned.name, BOLD)} {paint(printable(error.message), RED)}")
        if error.hint:
            echo_err(f"  {printable(error.hint)}")
        return False
    emit(f"{paint(planned.name, BOLD)} {paint(planned.version, GREEN)}")
    variables = (f"{name}={value}" for name, value in staged.env.items())
    for line in (*variables, *(changes(tree, planned, staged) if with_diff else ())):
        emit(f"  {printable(line)}")
    return True
