"""Options that every command accepts, before or after its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.invocation import Invocation

if TYPE_CHECKING:
    from typing import Any


def _store(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    invocation = context.find_object(Invocation)
    if invocation is not None and parameter.name and value not in (None, False):
        setattr(invocation, parameter.name, value)


def _option(*names: str, text: str, **more: Any) -> click.Option:
    return click.Option(names, help=text, expose_value=False, callback=_store, **more)


def shared_options(*, hidden: bool = False) -> list[click.Parameter]:
    """Return the options that every command has; only the help of the group lists them."""
    options = [
        _option("--host", "host_name", metavar="NAME", text="Work with the plugins of this core distribution."),
        _option("--root", "root", metavar="URL", text="Read the plugin index below this base URL."),
        _option("--python", "python", metavar="PATH", text="Work with the environment of this Python."),
        _option("--series", "series_name", metavar="NAME", text="Read this series instead of the installed core's."),
        _option("--offline", "offline", is_flag=True, text="Use copies only, and no network."),
        _option("-q", "--quiet", "quiet", is_flag=True, text="Print only results and errors."),
    ]
    for option in options:
        option.hidden = hidden
    return [*options]
