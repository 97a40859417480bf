"""``commonhold release status``: show the state of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store, store_arguments, store_options
from commonhold.cli.terminal import BOLD, YELLOW, echo_err, emit

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("status")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print release.json (schema 1) instead of a table.")
@click.pass_obj
def command(context: Context, version: str | None, folder: str | None, as_json: bool) -> int:
    """Show the state of each plugin in a release, what blocks it, and the command to run next.

    Exit codes: 0 if every plugin is on the index and verified, 5 if only some are on the index, and 1 if none are.
    """
    from commonhold.cli.release.results import print_next_step, print_states
    from commonhold.release.model.release_index import address_arguments
    from commonhold.release.model.state import DONE, PARTLY
    from commonhold.release.report.overview import count_statuses
    from commonhold.release.report.release_document import dump_document, release_document

    store = find_store(context, version, folder)
    state = store.state()
    if as_json:
        emit(dump_document(release_document(store)).decode().rstrip("\n"))
    else:
        print_states(state)
        echo_err(f"{store.plan.version}: {count_statuses(state)}", BOLD)
        if address_arguments(store.plan, state.address):
            echo_err("warning: the journal names another index than the plan; repeat --to only if you chose it", YELLOW)
        print_next_step(store, store_arguments(version, folder))
    return DONE if state.is_verified else state.exit_code or PARTLY
