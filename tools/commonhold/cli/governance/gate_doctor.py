"""``commonhold governance doctor``: compare the settings on GitHub with those that the gate needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from commonhold.cli.check_run import today
from commonhold.cli.github_access import REQUESTS, api_transport, repository_name
from commonhold.cli.options import add_options
from commonhold.cli.prompts import ask_confirmation, can_ask
from commonhold.cli.release.table import TableRow, print_table
from commonhold.cli.terminal import BOLD, GREEN, RED, YELLOW, echo_err, emit, emit_wrapped, paint
from commonhold.github import Budget, GitHub
from commonhold.governance.settings import (
    SettingResult,
    SettingsReader,
    SettingState,
    encode_settings,
    examine_settings,
    has_wrong,
    read_policy,
)
from commonhold.options import JSON
from commonhold.text import printable

if TYPE_CHECKING:
    from commonhold.cli.context import Context

_COLOURS = {SettingState.OK: GREEN, SettingState.WRONG: RED, SettingState.UNKNOWN: YELLOW}
_HEADINGS = ("state", "branch", "setting", "found", "why the gate needs it")


@click.command("doctor")
@click.option(
    "--repository", metavar="OWNER/NAME", help="The repository. [default: GITHUB_REPOSITORY, or this clone's remote]"
)
@click.option("--branch", "branches", multiple=True, metavar="NAME", help="Examine this branch too; it need not exist.")
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME",
    default=("pypi",),
    show_default=True,
    help="An environment that publishes releases.",
)
@click.option("--index", metavar="OWNER/NAME", help="The repository of the plugin index. [default: the repository]")
@add_options([JSON])
@click.pass_obj
def command(
    context: Context,
    repository: str | None,
    branches: tuple[str, ...],
    environments: tuple[str, ...],
    index: str | None,
    as_json: bool,
) -> int:
    """Compare the repository's settings on GitHub with those that the gate needs.

    The command changes nothing: it prints the command that fixes each setting. On a terminal, it asks about settings
    that GitHub does not report to the token in GITHUB_TOKEN; an administrator's token shows most. The exit code is 1
    if a setting is wrong.
    """
    name, transport, budget = repository_name(context, repository), api_transport(), Budget(REQUESTS)
    github = GitHub(transport, name, budget)
    settings = SettingsReader(github, GitHub(transport, index, budget) if index else None).read(branches)
    policy = read_policy(github, settings.repository.default_branch)
    results = tuple(examine_settings(settings, policy, today(), environments))
    if as_json:
        emit(encode_settings(name, results))
    else:
        results = tuple(map(_answered, results)) if can_ask() else results
        _print(results)
    return int(has_wrong(results))


def _answered(result: SettingResult) -> SettingResult:
    """Ask about a setting that GitHub does not report."""
    if result.question is None:
        return result
    if ask_confirmation(f"{result.question} ({result.why})"):
        return replace(result, state=SettingState.OK, found="right, you said")
    return replace(result, state=SettingState.WRONG, found="wrong, you said")


def _print(results: tuple[SettingResult, ...]) -> None:
    rows = [
        TableRow(
            (each.state.value, each.branch or "", each.name, each.found, _reason(each)),
            _COLOURS[each.state],
        )
        for each in results
    ]
    print_table(_HEADINGS, rows, sentences=2)
    wrong = [each for each in results if each.state is SettingState.WRONG]
    commands = dict.fromkeys(command for each in wrong for command in each.commands)
    if commands:
        emit(paint("\nCommands that fix this; they need an administrator", BOLD))
        for each in commands:
            emit(printable(each))
    by_hand = [each.question for each in wrong if each.question is not None]
    if by_hand:
        emit(paint("\nSettings that a person must change, until the answer is yes", BOLD))
        for question in by_hand:
            emit_wrapped(f"- {printable(question)}")
    unknown = [each for each in results if each.state is SettingState.UNKNOWN]
    if unknown:
        emit(paint("\nQuestions that GitHub does not answer", BOLD))
        for result in unknown:
            emit_wrapped(f"- {printable(result.question or '')}")
    echo_err(f"{len(wrong)} wrong, {len(unknown)} unknown", RED if wrong else GREEN)


def _reason(result: SettingResult) -> str:
    return "" if result.state is SettingState.OK else result.why
