"""All commands, as click reads them."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

import click

from commonhold import __version__
from commonhold._typing import TYPE_CHECKING
from commonhold.cli.context import Context
from commonhold.cli.options import add_options
from commonhold.options import GLOBAL

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "affected": "Tell which plugins a change can break, and why.",
    "plan": "Make the jobs that test them, for GitHub Actions or as JSON.",
    "graph": "Show who needs whom.",
    "audit": "Replay the history: what the selection would have saved.",
    "report": "Gather the results of jobs into a table.",
    "release": "Release every plugin alongside a release of the core.",
}
INTERRUPTED = 130


class Commands(click.Group):
    """Imports a command only when it is asked for: the others' imports would cost more than an answer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"commonhold.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@add_options(GLOBAL)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def commonhold(context: click.Context, folder: str, config: str | None) -> None:
    """Run a plugin monorepo: test only what a change can break."""
    context.obj = Context(folder, config)


def run_commands(words: Sequence[str]) -> int:
    """Run a command line and return its exit code; usage errors are told as click tells them."""
    try:
        code = commonhold.main(words, prog_name="commonhold", standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except SystemExit as error:  # so click ends when whoever read its output has gone
        raise BrokenPipeError from error
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    return code if isinstance(code, int) else 0
