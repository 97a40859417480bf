"""``commonhold release gather``: merge the results of several machines into one store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store
from commonhold.cli.terminal import emit
from commonhold.text import count

if TYPE_CHECKING:
    from commonhold.cli.context import Context

BUILD = "build"


@click.command("gather")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False))
@click.option("--store", "folder", metavar="DIR", help="Folder of the store; default: a folder in .commonhold/release.")
@click.option(
    "--phase",
    type=click.Choice([BUILD, "inspect", "verify"]),
    default=BUILD,
    show_default=True,
    help="Phase that ran on the other machines; a result of any other phase is an error.",
)
@click.pass_obj
def command(context: Context, sources: tuple[str, ...], folder: str | None, phase: str) -> int:
    """Merge the results of other machines into one store. Each SOURCE is a store that began as a copy of it.

    After `build`, each SOURCE is the store of a shard, in order; the first is that of `--shard 1/N`. Each must contain
    exactly the plugins that the plan assigns to it.

    After `inspect` or `verify`, there is one SOURCE. Only its verdicts are used, not its files.
    """
    from commonhold.release.builder.merge_stores import merge_stores
    from commonhold.release.model.store_copy import merge_results

    store = find_store(context, None, folder)
    if phase != BUILD and len(sources) > 1:
        raise click.UsageError(f"--phase {phase} needs a single SOURCE")
    with store.lock():
        if phase == BUILD:
            built, failed = merge_stores(store, sources)
            emit(f"{built} plugins are built, {failed} failed to build")
        else:
            emit(f"{count(merge_results(store, sources[0], phase), 'result')} merged")
    return 0
