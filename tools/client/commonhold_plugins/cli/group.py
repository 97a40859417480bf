"""The group of commands, which imports only the module of the command that runs, because importing all is slow."""

from __future__ import annotations

from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from commonhold_plugins import __version__
from commonhold_plugins.cli.invocation import Invocation
from commonhold_plugins.cli.options import shared_options
from commonhold_plugins.errors import ClientError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from commonhold_plugins.host import Host

COMMANDS = {
    "search": "Find plugins by words in their names, summaries and keywords.",
    "show": "Show a plugin: versions that fit, support, state, readme.",
    "install": "Install plugins that fit the core, by URL and hash.",
    "upgrade": "Upgrade plugins, all or nothing.",
    "remove": "Remove plugins that no other plugin requires.",
    "list": "List the installed plugins, and newer versions.",
    "audit": "Report retired, yanked, vulnerable or changed plugins.",
    "sync": "Restore the plugins of a rebuilt environment, or install a list.",
    "export": "Print the installed plugins for images and other tools.",
    "hold": "Keep plugins at their versions.",
    "unhold": "Let upgrades change plugins again.",
    "update": "Read the plugin indexes again.",
    "index": "Add, remove and list plugin indexes.",
    "use": "Set the plugin index to use where no core names one.",
}
"""The help text of each command, which is the value ``command`` of the module with its name in this package."""

MODULES = {"audit": "audit_command", "index": "index_group", "list": "list_plugins"}
"""The modules of commands whose names are those of other modules."""


class ShownError(click.ClickException):
    """An error of the client, printed by click."""

    def __init__(self, error: ClientError, command: str) -> None:
        super().__init__(error.message)
        self.hint = error.hint and error.hint.replace("{command}", command)
        self.exit_code = error.exit_code  # type: ignore[misc] # click reads it from the instance

    def format_message(self) -> str:
        """Return the message with the hint, for an embedding command line that prints errors in its own way."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def show(self, file: Any = None) -> None:
        """Print the message and the hint to stderr."""
        from commonhold_plugins.cli.terminal import echo_error

        echo_error(self.message, self.hint)


class PluginsGroup(click.Group):
    """A group with one command for each entry of ``texts``, the help texts; each runs for ``host``."""

    def __init__(
        self,
        *args: Any,
        texts: Mapping[str, str],
        package: str = __package__,
        modules: Mapping[str, str] | None = None,
        host: Host | None = None,
        quiet: Callable[[], bool] = bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._texts, self._package, self._modules = texts, package, modules or {}
        self._host, self._quiet = host, quiet

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not isinstance(ctx.obj, Invocation):
            ctx.obj = Invocation(self._host)  # before the callbacks of the options, which change it
            ctx.obj.quiet = self._quiet()
            ctx.obj.command = ctx.command_path
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._texts)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._texts:
            return None
        command: click.Command = copy(import_module(f"{self._package}.{self._modules.get(cmd_name, cmd_name)}").command)
        command.params = [*command.params, *shared_options(hidden=True)]
        if isinstance(ctx.obj, Invocation) and not isinstance(command, click.Group):
            command.epilog = f"`{ctx.obj.command} --help` lists the options that every command has."
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], self._texts, n=1)
            text = f"{error.message}{f' Did you mean {close[0]}?' if close else ''}"
            raise click.UsageError(text, error.ctx) from None

    # click would import every command to read the first line of its help.
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self._texts:
            with formatter.section("Commands"):
                formatter.write_dl(list(self._texts.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClientError as error:
            raise ShownError(error, ctx.obj.command) from error
        except OSError as error:
            if error.filename is None:  # not about a file: click handles a closed pipe
                raise
            message = f"{error.filename}: {error.strerror}"
            raise ShownError(UnavailableError(message), ctx.obj.command) from error


def plugins_group(host: Host | None = None, name: str = "plugins", quiet: Callable[[], bool] = bool) -> PluginsGroup:
    """Return the group of commands for another command line; without ``host``, the installed core decides.

    ``quiet`` returns whether the other command line was asked to print only results and errors.
    """
    group = PluginsGroup(
        name=name,
        texts=COMMANDS,
        modules=MODULES,
        host=host,
        quiet=quiet,
        help="Find, install and upgrade plugins, with verified hashes and without changing the core.",
        context_settings={"help_option_names": ["-h", "--help"]},
        params=shared_options(),
    )
    return click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")(group)


def run_group(group: click.Group, words: Sequence[str] | None = None, name: str | None = None) -> int:
    """Run a command line and return its exit code; errors are printed."""
    try:
        code = group.main(words, prog_name=name, standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception:  # noqa: BLE001 - the outermost boundary: any other exception is a bug
        import traceback

        click.echo(f"{traceback.format_exc()}error: this is a bug in commonhold-plugins; please report it", err=True)
        return 3
    return code if isinstance(code, int) else 0
