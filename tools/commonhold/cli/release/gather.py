"""``commonhold release gather``: what several machines built, in one store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store
from commonhold.cli.terminal import emit

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("gather")
@click.argument("shards", metavar="SHARD...", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False))
@click.option("--store", "folder", metavar="DIR", help="The release's store, if it lies elsewhere.")
@click.pass_obj
def command(context: Context, shards: tuple[str, ...], folder: str | None) -> int:
    """Take the stores of all shards into one, in their order: the first is that of `--shard 1/N`.

    A shard may deliver the files that the plan has for it, and nothing else; otherwise nothing is taken over.
    """
    from commonhold.release.builder.merge_stores import merge_stores

    store = find_store(context, None, folder)
    with store.lock():
        built, failed = merge_stores(store, shards)
    emit(f"{built} plugins are built, {failed} could not be")
    return 0
