"""``commonhold release resume``: publish and verify the rest of a release."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import (
    address_options,
    find_store,
    indexes_option,
    parse_wait,
    publish_settings,
    store_arguments,
    store_options,
    upload_options,
)

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("resume")
@store_options
@click.option(
    "--wait",
    metavar="TIME",
    default="10m",
    show_default=True,
    help="Maximum time to wait for the index during verification; 0 skips the verification.",
)
@address_options
@indexes_option
@upload_options
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    index: str | None,
    simple: str | None,
    indexes: tuple[str, ...],
    wait: str,
    jobs: int,
    timeout: float,
    patience: float,
) -> int:
    """Resume a release that was interrupted, deferred or rejected, on this or another machine.

    Artifacts that passed inspection are uploaded to the plan's index, and verified there. If the release used another
    index, repeat its --to.
    """
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_next_step
    from commonhold.release.model.release_index import release_address
    from commonhold.release.pipeline import ReleaseSettings, resume

    publish = publish_settings(jobs, timeout, patience)
    settings = ReleaseSettings(publish=publish, indexes=indexes, wait=parse_wait(wait))
    store = find_store(context, version, folder)
    address = release_address(store, index, simple)
    with show_progress() as reporter:
        result = resume(store, address, settings, environ=os.environ, reporter=reporter)
    print_next_step(store, store_arguments(version, folder))
    return result.exit_code
