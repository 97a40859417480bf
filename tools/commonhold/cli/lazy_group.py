"""Define a group of commands that imports only the module of the command that runs, because importing all is slow."""

from __future__ import annotations

from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from commonhold.cli.options import verbosity_options

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group with one command for each module in ``package``; ``texts`` maps command names to help texts.

    ``modules`` are the modules of commands whose names are keywords of Python or names of other modules.
    """

    def __init__(
        self,
        *args: Any,
        package: str,
        texts: Mapping[str, str],
        heading: str,
        modules: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._package, self._texts, self._heading = package, texts, heading
        self._modules = modules or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._texts)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._texts:
            return None
        command: click.Command = copy(import_module(f"{self._package}.{self._modules.get(cmd_name, cmd_name)}").command)
        taken = {flag for parameter in command.params for flag in parameter.opts}
        added = [option for option in verbosity_options() if taken.isdisjoint(option.opts)]
        command.params = [*command.params, *added]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from commonhold.workspace.config import closest

            text = f"{error.message.removesuffix('.')}{closest(args[0], self._texts)}"
            raise click.UsageError(text, error.ctx) from None

    # click would import every command to read the first line of its help.
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(self._heading):
            formatter.write_dl(list(self._texts.items()))
