"""Complete the names of plugins in a shell, from the search cache only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.cli.invocation import Invocation
from commonhold_plugins.errors import ClientError

if TYPE_CHECKING:
    import click


def complete_plugins(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the names that start with ``incomplete``, without the network; an error completes nothing."""
    invocation = context.find_object(Invocation)
    if invocation is None:
        return []
    try:
        cache = invocation.stored_search_cache()
    except ClientError:
        return []  # a message would be printed in the middle of the command line
    start = incomplete.lower()
    rows = [row for row in cache.rows() if row.enabled] if cache else []
    names = [row.reference for row in rows if row.reference.startswith(start)]
    return sorted(names) or sorted(row.name for row in rows if row.official and row.name.startswith(start))
