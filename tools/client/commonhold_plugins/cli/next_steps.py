"""Print the next steps after an installation: the line that imports a plugin, and where its use is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.cli.terminal import emit
from commonhold_plugins.errors import ClientError
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from commonhold_plugins.catalog import CatalogEntry
    from commonhold_plugins.client import Client
    from commonhold_plugins.plan.model import Plan


def print_next_steps(client: Client, plan: Plan) -> None:
    """Print the import line and a link for each plugin that the user named."""
    for change in plan.changes:
        if not change.requested:
            continue
        try:
            entry = client.catalog.find(f"{change.source}/{change.name}")
        except ClientError:
            continue
        release = next((each for each in entry.plugin.releases if each.version == change.new), None)
        for name in release.import_names[:1] if release is not None else ():
            emit(f"  import {printable(name)}")
        print_link(entry)


def print_link(entry: CatalogEntry) -> None:
    """Print the link to the quick start of a plugin, or else to its documentation, its page or its homepage."""
    plugin = entry.plugin
    page = f"{entry.base}{plugin.page}" if plugin.page and entry.base.startswith("http") else None
    links = (
        ("Quick start", f"{page}#quick-start" if page and plugin.quick_start else None),
        ("Documentation", plugin.documentation),
        ("Page", page),
        ("Homepage", plugin.homepage),
    )
    for title, link in links:
        if link:
            emit(f"  {title}: {printable(link)}")
            return
