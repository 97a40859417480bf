"""Complete plugin names in a shell, for options whose value is a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.cli.context import Context
from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    import click


def complete_plugins(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the plugin names that start with ``incomplete``; the result is empty if the plugins cannot be read."""
    # Imported late, because the options of every command refer to this function.
    from packaging.utils import canonicalize_name

    from commonhold.workspace import Files, read_workspace

    given = context.find_root().params
    options = Context(given["folder"], given["config"])
    try:
        repository = options.repository()
        tree = repository.work_tree()
        config = options.read_config(tree, repository.root)
        cache = options.recall(repository)
        plugins = read_workspace(Files(tree), config, cache=cache).plugins
    except CommonholdError:
        return []  # a message would be printed in the middle of the command line
    start = canonicalize_name(f"{incomplete}x")[:-1]
    return sorted(name for name in plugins if name.startswith(start))
