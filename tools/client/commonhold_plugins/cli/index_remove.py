"""The command ``index remove``: disable a tier, or remove a plugin index and the trust in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.config import HostConfig


@click.command
@click.argument("name", metavar="NAME")
@click.pass_obj
def command(invocation: Invocation, name: str) -> None:
    """Disable the tier NAME, or remove the plugin index NAME. Installed plugins stay installed."""
    from commonhold_plugins.errors import WrongUsageError
    from commonhold_plugins.text import quoted

    config = invocation.config()
    urls = [each.url for each in config.indexes if each.name == name]
    if name not in config.tiers and not urls:
        names = [*config.tiers, *(each.name for each in config.indexes)]
        added = f"You have enabled: {', '.join(names)}." if names else "You have enabled none."
        message = f"{quoted(name)} is not a tier or plugin index that you have enabled"
        raise WrongUsageError(message, hint=f"{added} The official tier is always enabled.")

    def without(now: HostConfig) -> HostConfig:
        tiers = tuple(each for each in now.tiers if each != name)
        return replace(now, tiers=tiers, indexes=tuple(each for each in now.indexes if each.name != name))

    invocation.change_config(without)
    for url in urls:
        invocation.store().drop(url)
    invocation.tell(f"{name} is removed. Plugins that you installed from it stay installed, but are not upgraded.")
