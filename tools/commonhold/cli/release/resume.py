"""``commonhold release resume``: go on with what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.index_options import address_options, find_address, others_option
from commonhold.cli.release.publish import make_settings, publish_to, upload_options
from commonhold.cli.release.results import print_next_step
from commonhold.cli.release.store_options import find_store, named, store_options
from commonhold.cli.release.verify import read_wait, verify_at
from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("resume")
@store_options
@click.option(
    "--wait", metavar="TIME", default="10m", show_default=True, help="How long `verify` waits; 0 leaves it out."
)
@address_options
@others_option
@upload_options
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    word: str | None,
    simple: str | None,
    indexes: tuple[str, ...],
    wait: str,
    jobs: int,
    timeout: float,
    patience: float,
) -> int:
    """Go on with a release that was interrupted, postponed or refused, on this machine or another one.

    What is built and inspected goes to the index of before, and is verified there.
    """
    from commonhold.release.model.state import DONE, PARTLY, partial_release_error

    seconds = read_wait(wait)
    store = find_store(context, version, folder)
    address = find_address(store, word, simple)
    outcome = publish_to(store, address, make_settings(jobs, timeout, patience))
    code = outcome.exit_code
    try:
        if seconds and any(standing.is_uploaded for standing in outcome.state.released):
            verified = verify_at(store, address, indexes, seconds)
            code = code or (PARTLY if verified else DONE)
    except CommonholdError as error:
        if code:
            raise partial_release_error(error) from error
        raise
    print_next_step(store, named(version, folder))
    return code
