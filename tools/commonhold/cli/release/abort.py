"""``commonhold release abort``: nothing more goes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store, store_options
from commonhold.cli.terminal import YELLOW, echo_err, emit

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("abort")
@store_options
@click.option("--because", metavar="TEXT", default="no reason was given", help="Why, for the journal and the notes.")
@click.pass_obj
def command(context: Context, version: str | None, folder: str | None, because: str) -> None:
    """End a release: nothing more is uploaded from its store, ever.

    What is on the index stays there; how it is taken back is printed, as the rollback sheet of `release notes`.
    """
    from commonhold.release.model.journal_events import Aborted
    from commonhold.release.publish.index_state import reconcile_uploads
    from commonhold.release.report.rollback import rollback_sheet
    from commonhold.text import printable

    store = find_store(context, version, folder)
    with store.lock():
        state = store.state()
        if state.aborted is None:
            store.journal.append(Aborted(why=because))
            echo_err(f"aborted: {printable(because)}")
        else:
            echo_err(f"it was aborted before: {printable(state.aborted)}")
        for file in reconcile_uploads(store):
            echo_err(f"warning: {file} was being uploaded, and the index does not tell whether it has it", YELLOW)
        state = store.state()
    if state.any_uploaded:
        emit(rollback_sheet(store.plan, state).rstrip("\n"))
    else:
        echo_err("nothing of it was uploaded")
