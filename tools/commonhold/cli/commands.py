"""Define all commands for click."""

from __future__ import annotations

from contextlib import suppress

import click

from commonhold import __version__
from commonhold._typing import TYPE_CHECKING
from commonhold.cli.context import Context
from commonhold.cli.lazy_group import LazyGroup
from commonhold.cli.options import add_options
from commonhold.options import GLOBAL

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "affected": "List the plugins that a change can break, with reasons.",
    "plan": "Generate the test jobs for a change, for GitHub Actions or as JSON.",
    "graph": "Show the dependency graph.",
    "list": "List every plugin with its version, maintainers, tests and last release.",
    "owners": "Show who owns what, and whose approval is binding.",
    "audit": "Replay past commits to measure how many jobs the selection saves.",
    "check": "Check plugins against the community's rules.",
    "doctor": "Check that this machine has what work on the plugins needs.",
    "init": "Write a first configuration from what the repository contains.",
    "new": "Create a plugin from a template.",
    "import": "Import a plugin from another repository with its history.",
    "rename": "Rename a plugin, or move it to another tier.",
    "approvals": "Decide whether pull requests have the approvals that they need.",
    "report": "Collect job results in a table.",
    "release": "Release every plugin with a release of the core.",
}
INTERRUPTED = 130


@click.group(
    cls=LazyGroup,
    package="commonhold.cli",
    modules={"import": "import_plugin", "owners": "show_owners"},
    texts=COMMANDS,
    heading="Commands",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@add_options(GLOBAL)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.pass_context
def commonhold(context: click.Context, folder: str, config: str | None) -> None:
    """Test and release the plugins of a monorepo."""
    context.obj = Context(folder, config)


def run_commands(words: Sequence[str]) -> int:
    """Run a command line with click and return its exit code; click prints usage errors."""
    try:
        code = commonhold.main(words, prog_name="commonhold", standalone_mode=False)
    except click.exceptions.Abort:
        return INTERRUPTED
    except SystemExit as error:
        if not error.code:  # click exits this way after completing a word in a shell
            return 0
        raise BrokenPipeError from error  # and this way if the reader of its output has exited
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    return code if isinstance(code, int) else 0
