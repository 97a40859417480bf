"""``commonhold release publish``: what is proven goes up."""

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
    """How to upload, for all that do."""
    for option in (
        click.option("--patience", metavar="SECONDS", type=_SECONDS, default=120.0, show_default=True,
                     help="How long one file is tried before it is left for `release resume`."),
        click.option("--timeout", metavar="SECONDS", type=_SECONDS, default=120.0, show_default=True,
                     help="How long the index may take to answer an upload."),
        click.option("--jobs", metavar="N", type=click.IntRange(1, 64), default=16, show_default=True,
                     help="How many plugins go up at a time."),
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
    """Upload what is built and inspected: each plugin as soon as what it needs is up.

    Files that the index has already are found by their hashes, so it may be typed again at any time. What does
    not go up today is kept for `release resume`.
    """
    store = find_store(context, version, folder)
    address = find_address(store, word, simple)
    outcome = publish_to(store, address, settings_of(jobs, timeout, patience))
    print_next_step(store, named(version, folder))
    return outcome.exit_code


def settings_of(jobs: int, timeout: float, patience: float) -> PublishSettings:
    """The options of :func:`upload_options`, as the library takes them."""
    from commonhold.release.publish import BackoffLimits, PublishSettings

    return PublishSettings(jobs, BackoffLimits(timeout, patience))


def publish_to(store: Store, address: Address, settings: PublishSettings) -> PublicationResult:
    """Publish a store, and tell about it."""
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_publication
    from commonhold.release.publish import TwineUploader, find_credentials, publish

    with store.lock(), show_progress() as reporter:
        uploader = TwineUploader(address.upload, find_credentials(address.upload, os.environ), settings.limits.timeout)
        outcome = publish(store, address, uploader, reporter, settings)
    print_publication(outcome.state, address)
    return outcome
