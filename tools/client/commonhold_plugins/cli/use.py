"""The command ``use``: set the plugin index that commands work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.argument("url", metavar="URL")
@click.pass_obj
def command(invocation: Invocation, url: str) -> None:
    """Work with the plugin index below URL where no installed core names one.

    URL may also be a local folder. The plugin index says which core its plugins extend.
    """
    from commonhold_plugins.hosts import use_host
    from commonhold_plugins.urls import base_url, shown_url

    host = use_host(base_url(url))
    invocation.tell(f"Commands now work with plugins of {host.core}, from {shown_url(host.root)}")
