"""Mount the client for users of plugins, a separate distribution, as ``commonhold plugins`` where it is installed."""

from __future__ import annotations

import sys

import click

from commonhold.cli.terminal import is_quiet
from commonhold.errors import UsageError


def make_command() -> click.Command:
    """Return the client's group of commands; without the client, a command that shows how to install it."""
    try:
        import commonhold_plugins  # noqa: F401 - whether the distribution is installed
    except ModuleNotFoundError:
        return _missing
    from commonhold_plugins.cli import plugins_group

    return plugins_group(quiet=is_quiet)


@click.command(
    "plugins", add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
def _missing() -> None:
    """Find, install and upgrade plugins."""
    from importlib import util

    has_pip = util.find_spec("pip") is not None
    install = f"{sys.executable} -m pip install" if has_pip else f"uv pip install --python {sys.executable}"
    raise UsageError(
        "the command plugins is in the distribution commonhold-plugins, which is not installed",
        hint=f"Install it: {install} commonhold-plugins",
    )


command = make_command()
