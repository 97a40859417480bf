"""``commonhold release verify``: check that the index serves every uploaded file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import (
    address_options,
    find_store,
    indexes_option,
    parse_wait,
    store_arguments,
    store_options,
    wait_option,
)

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("verify")
@store_options
@address_options
@indexes_option
@wait_option
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    index: str | None,
    simple: str | None,
    indexes: tuple[str, ...],
    wait: str,
) -> int:
    """Check the hash of every uploaded file on the index, and resolve each plugin from there with uv.

    An index may list a new file only after some time, so the command checks missing files again for the time in
    `--wait`. Each result is printed when it is known. Problems that time cannot fix are not checked again.
    """
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_next_step, print_verification
    from commonhold.release.model.release_index import release_address
    from commonhold.release.phases import ReleaseSettings, run_verification

    settings = ReleaseSettings(indexes=indexes, wait=parse_wait(wait))
    store = find_store(context, version, folder)
    address = release_address(store, index, simple)
    with show_progress() as reporter:
        result = run_verification(store, address, settings, environ=os.environ, reporter=reporter)
    print_verification(result.state)
    print_next_step(store, store_arguments(version, folder))
    return result.exit_code
