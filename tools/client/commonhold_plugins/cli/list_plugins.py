"""The command ``list``: the installed plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.cli.table import Cell
    from commonhold_plugins.client import Client
    from commonhold_plugins.search_cache import SearchRow
    from commonhold_plugins.state.receipts import Receipt


@click.command
@click.option("--outdated", is_flag=True, help="Only plugins with a newer version for the installed core.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(invocation: Invocation, outdated: bool, as_json: bool) -> None:
    """List the installed plugins with their versions, the newest versions, and their states."""
    from commonhold_plugins.cli.acting import make_client

    client = make_client(invocation)
    rows = [(receipt, row) for receipt, row in _installed(client, invocation) if not outdated or _is_old(receipt, row)]
    if as_json:
        from commonhold_plugins.cli.json_output import emit_json

        emit_json(
            core=client.host.core,
            core_version=client.environment.versions.get(client.host.core),
            environment=client.environment.prefix,
            plugins=[_as_json(receipt, row) for receipt, row in rows],
        )
        return
    from commonhold_plugins.cli.table import print_table
    from commonhold_plugins.cli.terminal import BOLD, GREEN, RED, YELLOW

    table: list[list[Cell]] = []
    for receipt, row in rows:
        newest: Cell = (row.version, GREEN) if row is not None and _is_old(receipt, row) else ""
        state = row.state if row is not None else "not listed"
        colour = {"active": "", "retired": RED, "quarantined": RED}.get(state, YELLOW)
        shown: Cell = (state, colour) if colour else state
        version = f"{receipt.version} (held)" if receipt.held else receipt.version
        table.append([(receipt.short, BOLD), version, newest, receipt.source, shown])
    if table:
        print_table(["name", "version", "newer", "source", "state"], table)
    else:
        invocation.tell("No plugin is outdated." if outdated else "No plugin is installed.")


def _installed(client: Client, invocation: Invocation) -> list[tuple[Receipt, SearchRow | None]]:
    """Return the installed plugins and their rows in the search cache, which knows more plugins than the receipts."""
    from commonhold_plugins.state.receipts import Receipt

    cache = invocation.search_cache()
    receipts = client.state.plugins
    found: list[tuple[Receipt, SearchRow | None]] = []
    for name, version in sorted(client.environment.versions.items()):
        rows = cache.of(name)
        if (receipt := receipts.get(name)) is not None:
            row = next((each for each in rows if each.source == receipt.source), None)
            found.append((receipt if receipt.version == version else _at(receipt, version), row))
        elif rows:
            found.append((Receipt(name, rows[0].short, version, rows[0].source), rows[0]))
    return found


def _at(receipt: Receipt, version: str) -> Receipt:
    from dataclasses import replace

    return replace(receipt, version=version, url=None, sha256=None)


def _is_old(receipt: Receipt, row: SearchRow | None) -> bool:
    from packaging.version import Version

    return row is not None and bool(row.version) and Version(row.version) > Version(receipt.version)


def _as_json(receipt: Receipt, row: SearchRow | None) -> dict[str, object]:
    return {
        "name": receipt.name,
        "short": receipt.short,
        "version": receipt.version,
        "newest": (row.version or None) if row is not None else None,
        "outdated": _is_old(receipt, row),
        "source": receipt.source,
        "state": row.state if row is not None else None,
        "held": receipt.held,
        "requested": receipt.requested,
        "url": receipt.url,
        "sha256": receipt.sha256,
    }
