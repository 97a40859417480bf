"""``commonhold release``: one file a phase."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

from commonhold.errors import ToolError

PHASES: dict[str, str] = {
    "plan": "Decide what is released, at which versions, in which order.",
    "stage": "Show what would be built: each plugin as the commit has it, with its version.",
    "build": "Make an sdist and a wheel of every plugin, bit for bit the same.",
    "gather": "Bring what several machines built into one store.",
    "inspect": "Look for whatever an index would refuse, and whatever could not be installed.",
    "publish": "Upload what is built and inspected, in order, several at a time.",
    "verify": "Look at everything on the index, and resolve it from there.",
    "resume": "Go on with what is left.",
    "notes": "Write the notes, release.json and the rollback sheet; make and push tags.",
    "status": "Tell how far each plugin came, and what to type next.",
    "abort": "End a release: nothing more goes up.",
    "run": "All of it, one phase after another; again, to go on.",
    "jobs": "Divide a plan into the jobs of a workflow.",
}
"""The phases that are built, in their order; each is a module of this package with a ``command``."""

_NEEDED = ("build", "pypi_simple", "tomlkit", "twine")


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
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ToolError(
            f"a release needs packages that are not installed: {', '.join(missing)}",
            hint='Install "commonhold[release]".',
        )
