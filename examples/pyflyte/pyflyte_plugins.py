"""Add the group ``plugins`` to ``pyflyte`` without a change to flytekit, through its extension point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flytekit.configuration.plugin import FlytekitPlugin

from commonhold_plugins import Host
from commonhold_plugins.cli import plugins_group

if TYPE_CHECKING:
    from click import Group

HOST = Host(core="flytekit", root="https://flyteorg.github.io/flytekit/")


class PyflytePlugins(FlytekitPlugin):  # type: ignore[misc] # flytekit is not installed where mypy runs
    """The behaviour of flytekit itself, with one more group of commands."""

    @staticmethod
    def configure_pyflyte_cli(main: Group) -> Group:
        """Add the group to ``main`` in place, because flytekit ignores the result."""
        main.add_command(plugins_group(HOST))
        return main
