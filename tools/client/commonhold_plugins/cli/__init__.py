"""The command line for users of plugins: a group that stands alone, or that another command line embeds."""

from __future__ import annotations

from commonhold_plugins.cli.group import PluginsGroup, plugins_group

__all__ = ["PluginsGroup", "plugins_group"]
