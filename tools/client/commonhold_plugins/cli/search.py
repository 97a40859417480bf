"""The command ``search``: find plugins in the search cache."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.cli.table import Cell
    from commonhold_plugins.search_cache import SearchRow

HIDDEN = ("retired", "quarantined")
"""The states of plugins that a search shows only if they are asked for."""


@click.command
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--tier", multiple=True, metavar="NAME", help="Only plugins of this tier or plugin index.")
@click.option("--category", multiple=True, metavar="NAME", help="Only plugins of this category.")
@click.option(
    "--state",
    multiple=True,
    type=click.Choice(["active", "noticed", "orphaned", "retired", "quarantined", "all"]),
    help="Only plugins in this state. Retired and quarantined plugins are hidden by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    invocation: Invocation,
    words: tuple[str, ...],
    tier: tuple[str, ...],
    category: tuple[str, ...],
    state: tuple[str, ...],
    as_json: bool,
) -> None:
    """List the plugins that contain every WORD in their name, summary, category or keywords.

    Without a WORD, every plugin is listed. Plugins of tiers that you have not enabled are only counted, unless you
    name the tier. An empty result is not an error.
    """
    cache = invocation.search_cache()
    matching = [
        row
        for row in cache.rows(words)
        if (not tier or row.source in tier)
        and (not category or row.category.lower() in [each.lower() for each in category])
        and (not state or "all" in state or row.state in state)
    ]
    rows = [row for row in matching if (row.enabled or row.source in tier) and (state or row.state not in HIDDEN)]
    others = Counter(row.source for row in matching if not row.enabled and row.source not in tier)
    if as_json:
        from commonhold_plugins.cli.json_output import emit_json
        from commonhold_plugins.search_cache import as_json as row_as_json

        emit_json(
            core=invocation.host.core,
            series=invocation.series(),
            checked=int(cache.checked),
            plugins=[row_as_json(row) for row in rows],
            not_enabled=dict(others),
        )
        return
    print_rows(rows)
    hidden = sum(row.enabled and row.state in HIDDEN for row in matching) if not state else 0
    _print_notes(invocation, rows, others, hidden)


def print_rows(rows: Sequence[SearchRow]) -> None:
    """Print plugins as a table."""
    from commonhold_plugins.cli.table import print_table
    from commonhold_plugins.cli.terminal import BOLD, CYAN, RED, YELLOW

    with_state = any(row.state != "active" for row in rows)
    table: list[list[Cell]] = []
    for row in rows:
        state: Cell = row.state if row.state == "active" else (row.state, RED if row.state in HIDDEN else YELLOW)
        tier: Cell = row.source if row.official else (row.source, CYAN)
        table.append([(row.reference, BOLD), row.version or "-", tier, *([state] if with_state else []), row.summary])
    print_table(["name", "version", "tier", *(["state"] if with_state else []), "summary"], table)


def _print_notes(invocation: Invocation, rows: Sequence[SearchRow], others: Counter[str], hidden: int) -> None:
    from commonhold_plugins.text import count

    if not rows:
        invocation.tell("No plugin matches.")
    if hidden:
        invocation.tell(f"{count(hidden, 'retired or quarantined plugin')} not shown. Show all with: --state all")
    for name, number in sorted(others.items()):
        found = count(number, f"more {name} plugin")
        invocation.tell(f"{found} not shown. Enable the {name} tier with: {invocation.command} index add {name}")
