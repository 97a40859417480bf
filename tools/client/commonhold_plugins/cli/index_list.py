"""The command ``index list``: the tiers and plugin indexes, and the ages of their copies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(invocation: Invocation, as_json: bool) -> None:
    """List the tiers of the community's plugin index, the plugin indexes that you have added, and known ones."""
    from commonhold_plugins.cli.json_output import emit_json
    from commonhold_plugins.cli.table import print_table
    from commonhold_plugins.cli.terminal import BOLD, GREEN
    from commonhold_plugins.text import age_text, printable
    from commonhold_plugins.urls import shown_url

    rows = _rows(invocation)
    if as_json:
        emit_json(core=invocation.host.core, series=invocation.series(), indexes=rows)
        return
    table = []
    for row in rows:
        age = f"{age_text(time.time() - row['checked'])} ago" if row["checked"] else "never"
        enabled = ("yes", GREEN) if row["enabled"] else "no"
        plugins = "-" if row["plugins"] is None else str(row["plugins"])
        table.append([(row["name"], BOLD), row["kind"], enabled, plugins, age, printable(shown_url(row["url"]))])
    print_table(["name", "kind", "enabled", "plugins", "read", "url"], table, whole=True)


def _rows(invocation: Invocation) -> list[dict[str, Any]]:
    config, store = invocation.config(), invocation.store()
    catalog = invocation.catalog()
    counts: dict[str, int] = {}
    for source in catalog.sources:
        counts[source.name] = counts.get(source.name, 0) + len(source.plugins)

    def row(name: str, kind: str, url: str, *, enabled: bool) -> dict[str, Any]:
        copy = store.read(url, catalog.series)
        checked = int(copy.checked) if copy else None
        plugins = counts.get(name, 0) if copy else None
        return {"name": name, "kind": kind, "enabled": enabled, "plugins": plugins, "checked": checked, "url": url}

    tiers = [
        row(source.name, "tier", source.base, enabled=source.enabled)
        for source in catalog.sources
        if not source.foreign
    ]
    added = [row(each.name, "index", each.url, enabled=True) for each in config.indexes]
    urls = [each.url for each in config.indexes]
    known = [
        row(each.name, "index", each.url, enabled=False)
        for each in invocation.root_document().indexes
        if each.url not in urls
    ]
    return [*tiers, *added, *known]
