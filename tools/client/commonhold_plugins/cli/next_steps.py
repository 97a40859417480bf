"""Print what a user should know around an installation: states of the plugins, the import line, and a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.cli.terminal import YELLOW, echo, emit
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


def warn_about_states(client: Client, plan: Plan) -> None:
    """Print a warning for each plugin in a plan whose state is not active, such as a retired one."""
    for change in plan.changes:
        try:
            status = client.catalog.find(f"{change.source}/{change.name}").status
        except ClientError:
            continue
        if status.state != "active":
            since = f" since {status.since[:10]}" if status.since else ""
            reason = f": {status.reason.strip()}" if status.reason.strip() else ""
            echo(printable(f"{change.short} is {status.state}{since}{reason}"), YELLOW)
            if status.replacement:
                echo(printable(f"  Use {status.replacement} instead."), YELLOW)


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
