"""``commonhold release status``: how far each plugin came, and what to type next."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store, named, store_options
from commonhold.cli.release.table import TableRow, print_table
from commonhold.cli.terminal import BOLD, GREEN, RED, YELLOW, echo_err, emit

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store

_STYLES = {"verified": GREEN, "uploaded": GREEN, "failed": RED, "faulty": RED, "conflict": RED}
_QUIET = ("planned", "built", "ready")


@click.command("status")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print release.json (schema 1) instead of a table.")
@click.pass_obj
def command(context: Context, version: str | None, folder: str | None, as_json: bool) -> int:
    """Tell how far each plugin of a release came, what stands in its way, and what to type next.

    Exit code 0: all is on the index and verified; 5: some is on the index; 1: nothing is.
    """
    from commonhold.release.model.state import DONE, PARTLY
    from commonhold.release.report.overview import counts
    from commonhold.release.report.release_document import dump_document, release_document

    store = find_store(context, version, folder)
    state = store.state()
    if as_json:
        emit(dump_document(release_document(store)).decode().rstrip("\n"))
    else:
        print_states(state)
        echo_err(f"{store.plan.version}: {counts(state)}", BOLD)
        say_next(store, named(version, folder))
    return DONE if state.is_verified else state.exit_code or PARTLY


def say_next(store: Store, words: tuple[str, ...]) -> None:
    """What to type next; ``words`` name the store."""
    from commonhold.release.report.outputs import is_written
    from commonhold.release.report.overview import next_step
    from commonhold.text import printable

    state = store.state()
    echo_err(f"Next: {printable(next_step(state, words, told=is_written(store)))}")


def print_states(state: ReleaseState) -> None:
    """The table on stdout."""
    from commonhold.release.report.overview import HEADINGS, summary_rows

    rows = (
        TableRow(astuple(row), _STYLES.get(row.state, "" if row.state in _QUIET else YELLOW))
        for row in summary_rows(state)
    )
    print_table(HEADINGS, rows, sentences=1)
