"""``commonhold release publish``: upload everything that passed inspection."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import (
    address_options,
    find_store,
    publish_settings,
    store_arguments,
    store_options,
    upload_options,
)

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("publish")
@store_options
@address_options
@upload_options
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    index: str | None,
    simple: str | None,
    jobs: int,
    timeout: float,
    patience: float,
) -> int:
    """Upload every plugin that passed inspection, dependencies first.

    Files that are already on the index are recognized by their hashes, so you can run the command again at any time.
    Files that cannot be uploaded now are left for `release resume`.
    """
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_next_step, print_publication
    from commonhold.release.model.release_index import release_address
    from commonhold.release.phases import run_publication

    store = find_store(context, version, folder)
    address = release_address(store, index, simple)
    settings = publish_settings(jobs, timeout, patience)
    with show_progress() as reporter:
        result = run_publication(store, address, settings, environ=os.environ, reporter=reporter)
    print_publication(result.state)
    print_next_step(store, store_arguments(version, folder))
    return result.exit_code
