"""Define all commands for click."""

from __future__ import annotations

import shlex
from contextlib import suppress

import click

from commonhold import __version__
from commonhold._typing import TYPE_CHECKING
from commonhold.cli.context import Context
from commonhold.cli.lazy_group import LazyGroup
from commonhold.cli.options import add_options
from commonhold.options import GLOBAL, VERBOSITY

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
    "triage": "Route issues to the maintainers of the plugin that they name.",
    "governance": "Govern the repository: its settings, people and plugins.",
    "report": "Collect job results in a table.",
    "release": "Release every plugin with a release of the core.",
    "plugins": "Find and install plugins, with commonhold-plugins.",
    "catalog": "Make the plugin index, and the web pages that are generated from it.",
}
INTERRUPTED = 130
ANYWHERE = frozenset(name for option in VERBOSITY for name in (option.flag, option.alias))
"""The options that may precede or follow the command."""


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


def move_options(words: Sequence[str], name: str) -> list[str] | None:
    """Return a command line with the options of ``commonhold`` before the command.

    The result is ``None`` unless ``name`` is such an option.
    """
    options = {flag: option for option in commonhold.params for flag in option.opts if flag not in ANYWHERE}
    if name not in options:
        return None
    with click.Context(commonhold) as context:
        _, rest, _ = commonhold.make_parser(context).parse_args(list(words))
    before, after = list(words[: len(words) - len(rest)]), []
    remaining = iter(rest)
    for word in remaining:
        flag = word.partition("=")[0] if word.startswith("--") else word[:2]
        option = options.get(flag)
        if word == "--" or option is None:
            after += [word, *remaining] if word == "--" else [word]
        elif getattr(option, "is_flag", False) or word != flag:
            before.append(word)
        else:
            before += [word, next(remaining, option.metavar or "VALUE")]
    return ["commonhold", *before, *after]


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
        if isinstance(error, click.NoSuchOption) and (corrected := move_options(words, error.option_name)):
            message = f"{error.option_name} must precede the command: `{shlex.join(corrected)}`"
            error = click.UsageError(message, error.ctx)
        with suppress(OSError):
            error.show()
        return error.exit_code
    return code if isinstance(code, int) else 0
