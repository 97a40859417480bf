"""``commonhold release abort``: end a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import address_options, find_store, store_options
from commonhold.cli.terminal import YELLOW, echo_err, emit

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("abort")
@store_options
@address_options
@click.option(
    "--because", metavar="TEXT", default="no reason was given", help="Reason to record in the journal and the notes."
)
@click.pass_obj
def command(
    context: Context, version: str | None, folder: str | None, index: str | None, simple: str | None, because: str
) -> None:
    """Abort a release, and prevent further uploads from its store.

    Files that are on the index stay there. The command prints the rollback sheet, which lists the releases to yank by
    hand.
    """
    from dataclasses import replace

    from commonhold.release.model.release_index import release_address
    from commonhold.release.phases import abort
    from commonhold.release.report.rollback import rollback_sheet
    from commonhold.text import printable

    store = find_store(context, version, folder)
    address = release_address(store, index, simple)
    aborted = abort(store, because, address)
    if aborted.earlier is None:
        echo_err(f"aborted: {printable(because)}")
    else:
        echo_err(f"this release was already aborted: {printable(aborted.earlier)}")
    for file in aborted.unknown:
        echo_err(f"warning: {file} was being uploaded; it is unknown whether the index has it", YELLOW)
    state = store.state()
    if state.any_uploaded:
        emit(rollback_sheet(store.plan, replace(state, address=address)).rstrip("\n"))
    else:
        echo_err("no file of this release was uploaded")
