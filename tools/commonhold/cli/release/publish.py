"""``commonhold release publish``: upload everything that passed inspection."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.index_options import address_options, find_address
from commonhold.cli.release.results import print_next_step
from commonhold.cli.release.store_options import find_store, named, store_options

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.index.addresses import Address
    from commonhold.release.model.store import Store
    from commonhold.release.publish import PublicationResult, PublishSettings

_SECONDS = click.FloatRange(0.1, 86400)


def upload_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that uploads."""
    for option in (
        click.option("--patience", metavar="SECONDS", type=_SECONDS, default=120.0, show_default=True,
                     help="Maximum time to retry one file; later, `release resume` tries it again."),
        click.option("--timeout", metavar="SECONDS", type=_SECONDS, default=120.0, show_default=True,
                     help="Time limit for the index's response to an upload."),
        click.option("--jobs", metavar="N", type=click.IntRange(1, 64), default=16, show_default=True,
                     help="Number of plugins to upload at the same time."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("publish")
@store_options
@address_options
@upload_options
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    word: str | None,
    simple: str | None,
    jobs: int,
    timeout: float,
    patience: float,
) -> int:
    """Upload every plugin that passed inspection, dependencies first.

    Files that are already on the index are recognized by their hashes, so the command can be run again at any time.
    Files that cannot be uploaded now are left for `release resume`.
    """
    store = find_store(context, version, folder)
    address = find_address(store, word, simple)
    result = publish_to(store, address, make_settings(jobs, timeout, patience))
    print_next_step(store, named(version, folder))
    return result.exit_code


def make_settings(jobs: int, timeout: float, patience: float) -> PublishSettings:
    """Convert the options of :func:`upload_options` to the library's settings."""
    from commonhold.release.publish import BackoffLimits, PublishSettings

    return PublishSettings(jobs, BackoffLimits(timeout, patience))


def publish_to(store: Store, address: Address, settings: PublishSettings) -> PublicationResult:
    """Publish a store, and print the result."""
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_publication
    from commonhold.release.publish import TwineUploader, find_credentials, publish

    with store.lock(), show_progress() as reporter:
        uploader = TwineUploader(address.upload, find_credentials(address.upload, os.environ), settings.limits.timeout)
        result = publish(store, address, uploader, reporter, settings)
    print_publication(result.state, address)
    return result
