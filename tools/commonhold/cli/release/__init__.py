"""``commonhold release``: one file a phase."""

from __future__ import annotations

from importlib import import_module

import click

PHASES: dict[str, str] = {}
"""The phases that are built, in their order; each is a module of this package with a ``command``."""


class Phases(click.Group):
    """Imports a phase only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(PHASES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PHASES:
            return None
        command: click.Command = import_module(f"commonhold.cli.release.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Phases"):
            formatter.write_dl(list(PHASES.items()))


@click.group(cls=Phases)
def command() -> None:
    """Release every plugin alongside a release of the core."""
