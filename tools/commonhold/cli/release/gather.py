"""``commonhold release gather``: merge the stores of all build shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store
from commonhold.cli.terminal import emit

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("gather")
@click.argument("shards", metavar="SHARD...", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False))
@click.option("--store", "folder", metavar="DIR", help="Folder of the store; default: a folder in .commonhold/release.")
@click.pass_obj
def command(context: Context, shards: tuple[str, ...], folder: str | None) -> int:
    """Merge the stores of all build shards into one store. The first SHARD is the store of `--shard 1/N`.

    Each shard must contain exactly the plugins that the plan assigns to it; otherwise, no shard is merged.
    """
    from commonhold.release.builder.merge_stores import merge_stores

    store = find_store(context, None, folder)
    with store.lock():
        built, failed = merge_stores(store, shards)
    emit(f"{built} plugins are built, {failed} failed to build")
    return 0
