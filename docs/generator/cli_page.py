"""Generate the reference page of the command line from its click commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.__main__ import BUG, INTERRUPTED
from commonhold.cli.commands import COMMANDS, commonhold
from commonhold.errors import CommonholdError
from generator import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "reference/cli.md"

HEAD = """\
# Command line

Data is written to stdout, messages to stderr. No command modifies the working tree or git's staging area. The only
refs that a command changes are the release tags, with `--tag` or `--push`. A release keeps its files in
`.commonhold/`, which git ignores.

```text
commonhold [-C DIR] [--config FILE] [-q | -v] COMMAND [OPTIONS]
```

`-q` and `-v` mean the same for every command, and may also follow the command's name. With `-q`, stderr contains only
errors. With `-v`, it also contains every warning, also about plugins that did not change, and each program that the
command runs, with the seconds since the start. git's commands are shown without the options that isolate them from your
configuration, and addresses without credentials.
"""

PLUGINS = """\

## commonhold plugins

Users of plugins find and install them with this command, which is the separate distribution `commonhold-plugins`. Its
commands are in the [reference of `commonhold-plugins`](plugins-cli.md). Without that distribution, the command exits
with code 2 and prints the command that installs it.
"""

BASE = """\
## Which two trees are compared

Without `--base` and `--head`:

| where the command runs | base | head |
|:--|:--|:--|
| on a branch | the merge base with the default branch | the working tree, including untracked files |
| on the default branch | the parent commit | the working tree |
| on the default branch, with `CI` set, but not on GitHub | none, because the number of pushed commits is unknown: every plugin is selected | the working tree |
| GitHub: `pull_request` | the first parent of GitHub's merge commit; without one, the merge base of the base branch and the pull request's head | the merge commit; without one, the pull request's head |
| GitHub: `push` | the commit before the push | the commit after the push |
| GitHub: `merge_group` | the group's base | the group's head |
| GitHub: any other event, a new branch, or a base that is not in the clone | none: every plugin is selected | the commit that is checked out |

With `--head REV` and without `--base`, the base is the merge base of REV and the default branch. If REV is already on
the default branch, it is compared with its first parent. In GitHub Actions, `--head` or `--base` replaces both commits
of the event.

The repository is the one that contains the current folder, or `-C DIR`. The variables `GIT_DIR` and `GIT_WORK_TREE`
are ignored, with a warning.

`--base REV` means the merge base of REV and head; with `--exact` it means REV itself. The default branch is
`origin/HEAD`. If that is not set, it is `default-branch` in the configuration; without that, `main` or `master`.

If git cannot find the base (a shallow clone, no merge base, a missing ref), the command fails with exit code 4 and
prints the git command that fixes it. In CI (`CI` or `GITHUB_ACTIONS` is set), every plugin is selected instead, with
the reason.
"""  # noqa: E501 - a row of a table is one line


def make() -> dict[str, str]:
    """Generate the page."""
    return {PAGE: "\n".join([NOTE + HEAD, *describe_options(commonhold), *_commands(), BASE, *_exit_codes()]) + "\n"}


def _commands() -> Iterator[str]:
    for name in COMMANDS:
        if name == "plugins":  # the commands of another distribution, which has its own page
            yield PLUGINS
            continue
        yield from describe_command(commonhold, name, f"commonhold {name}", "##")


def describe_command(group: click.Group, name: str, words: str, heading: str) -> Iterator[str]:
    """Describe a command and those in it."""
    command = group.get_command(click.Context(group), name)
    if command is None:
        raise LookupError(words)
    yield f"\n{heading} {words}\n"
    yield f"```text\n{words} {' '.join(command.collect_usage_pieces(click.Context(command)))}\n```\n"
    yield _paragraphs(command.help or "")
    yield from describe_options(command)
    if isinstance(command, click.Group):
        for inner in command.list_commands(click.Context(command)):
            yield from describe_command(command, inner, f"{words} {inner}", f"{heading}#")


def describe_options(command: click.Command) -> Iterator[str]:
    """Describe the options of a command in a table."""
    rows = [row for parameter in command.params if (row := _row(parameter))]
    if rows:
        yield "\n| option | meaning |\n|:--|:--|"
        yield from rows
        yield ""


def _row(parameter: click.Parameter) -> str | None:
    if not isinstance(parameter, click.Option) or parameter.hidden:
        return None
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    shown = "" if parameter.is_flag else f" `{_metavar(parameter)}`"
    default = f" Default: `{parameter.default}`." if parameter.show_default else ""
    return f"| {names}{shown} | {_cell(parameter.help or '')}{default} |"


def _metavar(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices)).replace("|", "\\|")
    return option.metavar or str(option.type.name).upper()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "| code | meaning |\n|--:|:--|"
    yield "| 0 | success, even if no plugin is affected |"
    yield "| 1 | a check failed, a required plugin cannot be tested, or a release stopped before any upload |"
    yield f"| {_code('UsageError')} | the command or the configuration is wrong; every mistake is listed |"
    yield f"| {BUG} | a bug in commonhold |"
    yield f"| {_code('GitError')} | git, another program, a file operation, or a package index failed |"
    yield "| 5 | partial success: the rest is listed |"
    yield f"| {INTERRUPTED} | interrupted |"


def _code(name: str) -> int:
    codes = {kind.__name__: kind.exit_code for kind in CommonholdError.__subclasses__()}
    return codes[name]
