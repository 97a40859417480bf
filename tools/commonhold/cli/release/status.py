"""``commonhold release status``: how far each plugin came, and what to type next."""

from __future__ import annotations

import sys

import click

from commonhold.cli.release.stores import find_store, store_options
from commonhold.cli.terminal import BOLD, give, say
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.release.state import State

_STYLES = {"verified": "green", "uploaded": "green", "failed": "red", "faulty": "red", "conflict": "red"}
_QUIET = ("planned", "built", "ready")


@click.command("status")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print release.json (schema 1) instead of a table.")
@click.pass_obj
def command(context: Context, version: str | None, folder: str | None, as_json: bool) -> None:
    """Tell how far each plugin of a release came, what stands in its way, and what to type next."""
    from commonhold.release.after.document import dump_document, release_document
    from commonhold.release.after.summary import counts, next_step
    from commonhold.release.after.writing import is_written
    from commonhold.release.state import find_state
    from commonhold.selection.document import printable

    store = find_store(context, version, folder)
    if as_json:
        give(dump_document(release_document(store)).decode().rstrip("\n"))
        return
    state = find_state(store.plan, store.journal.read())
    print_states(state)
    say(f"{store.plan.version}: {counts(state)}", BOLD)
    named = ("--store", folder) if folder is not None else () if version is None else (version,)
    say(f"Next: {printable(next_step(state, named, told=is_written(store)))}")


def print_states(state: State) -> None:
    """The table on stdout: in colour and as wide as a terminal, or plain and as wide as it is."""
    from rich.console import Console
    from rich.table import Table

    from commonhold.release.after.summary import HEADINGS, summary_rows
    from commonhold.selection.document import printable

    wide = sys.stdout.isatty()
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=not wide or heading != HEADINGS[-1])
    for row in summary_rows(state):
        table.add_row(*map(printable, row), style=_STYLES.get(row.state, None if row.state in _QUIET else "yellow"))
    console = Console(width=None if wide else 2000, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        give(line.rstrip())
