"""Entry point: finds the command, turns errors into sentences and exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "affected": "Tell which plugins a change can break, and why.",
    "plan": "Make the jobs that test them, for GitHub Actions or as JSON.",
    "graph": "Show who needs whom.",
    "audit": "Replay the history: what the selection would have saved.",
    "report": "Gather the results of jobs into a table.",
}
BUG = 3
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
@click.option("-C", "folder", metavar="DIR", default=".", help="Work in the repository that DIR lies in.")
@click.option("--config", metavar="FILE", help="Read [tool.commonhold] from FILE, not from the root's pyproject.toml.")
@click.version_option(package_name="commonhold", message="%(prog)s %(version)s")
@click.pass_context
def commonhold(context: click.Context, folder: str, config: str | None) -> None:
    """Run a plugin monorepo: test only what a change can break."""
    from commonhold.cli.context import Context

    context.obj = Context(folder, config)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    try:
        code = commonhold.main(arguments, prog_name="commonhold", standalone_mode=False)
    except CommonholdError as error:
        return _fail(error.message, error.hint, error.exit_code)
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001 - the one boundary: whatever is left is a bug, and says so
        import traceback

        traceback.print_exc()
        return _fail("this is a bug in commonhold", "Please report it with the lines above.", BUG)
    return code if isinstance(code, int) else 0


def _fail(message: str, hint: str | None, code: int) -> int:
    click.secho("error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(message, err=True)
    if hint:
        click.secho(f"  {hint}", dim=True, err=True)
    return code


def run() -> None:
    """Run this process's command line and exit: the console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
