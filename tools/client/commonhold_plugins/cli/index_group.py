"""The group of commands ``index``: the plugin indexes that the user trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.cli.group import PluginsGroup

if TYPE_CHECKING:
    import click

COMMANDS = {
    "add": "Enable a tier, or add the plugin index of somebody else.",
    "remove": "Disable a tier, or remove a plugin index.",
    "list": "List the tiers and plugin indexes.",
}

command: click.Group = PluginsGroup(
    name="index",
    texts=COMMANDS,
    modules={name: f"index_{name}" for name in COMMANDS},
    help="Add, remove and list plugin indexes. Only the community's official tier is enabled at first.",
)
