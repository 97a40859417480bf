"""``commonhold triage``: route issues to the maintainers of the plugin that they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commonhold.cli.github_access import api_transport, current_time, limited_client, read_event, repository_name
from commonhold.cli.github_files import append_to
from commonhold.cli.options import add_options
from commonhold.cli.terminal import YELLOW, echo_err, emit, emit_wrapped
from commonhold.errors import ToolError, UsageError
from commonhold.github import BudgetError, GitHub, RateLimitError
from commonhold.governance.approvals.targets import target_of_event
from commonhold.governance.triage.triage_document import encode_triage
from commonhold.governance.triage.triage_run import TriageResult, TriageRules, triage_all, triage_issue
from commonhold.options import JSON
from commonhold.text import code, printable, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.cli.context import Context


@dataclass(frozen=True, slots=True)
class TriageOptions:
    """The options of the command."""

    numbers: tuple[int, ...]
    every: bool
    event: bool
    repository: str | None
    post: bool
    as_json: bool
    github: bool


@click.command()
@click.option("--issue", "numbers", type=click.IntRange(1, 2**31), multiple=True, help="Route issue N.", metavar="N")
@click.option("--all", "every", is_flag=True, help="Route every open issue, and remind people who have not answered.")
@click.option("--event", is_flag=True, help="Route what the event of this GitHub Actions run is about.")
@click.option(
    "--repository", metavar="OWNER/NAME", help="The repository. [default: GITHUB_REPOSITORY, or this clone's remote]"
)
@click.option("--post", is_flag=True, help="Add the labels and comments. Without it, only print them.")
@add_options([JSON])
@click.option("--github", "github", is_flag=True, help="Write the job summary of GitHub Actions.")
@click.pass_obj
def command(context: Context, /, **values: object) -> int:
    """Route issues to the maintainers of the plugin that they name.

    The first field of an issue form names the plugin. Its maintainers are mentioned at once and after 7 days, and core
    after 14 days. Everything is read from GitHub's API each time, with the token in GITHUB_TOKEN.
    """
    chosen = TriageOptions(**values)  # type: ignore[arg-type]
    if sum([bool(chosen.numbers), chosen.every, chosen.event]) != 1:
        raise UsageError("name the issues with one of --issue N, --all and --event")
    numbers = target_of_event(read_event("--issue N")).numbers if chosen.event else chosen.numbers
    github = limited_client(api_transport(), repository_name(context, chosen.repository))
    results: list[TriageResult] = []
    stopped: ToolError | None = None
    try:
        for result in _results(github, numbers, post=chosen.post):
            results.append(result)
            if not chosen.as_json:
                _print(result)
            if result.error is not None:
                echo_err(f"warning: #{result.number}: {result.error.message}", YELLOW)
    except (BudgetError, RateLimitError) as error:
        stopped = error
    if chosen.as_json:
        emit(encode_triage(github.repository, results, posted=chosen.post))
    if chosen.github:
        append_to("GITHUB_STEP_SUMMARY", _summary(results))
    if stopped is not None:
        raise stopped
    return ToolError.exit_code if any(result.error for result in results) else 0


def _results(github: GitHub, numbers: tuple[int, ...], *, post: bool) -> Iterator[TriageResult]:
    rules, now = TriageRules.read(github), current_time()
    if numbers:
        return (triage_issue(github, rules, number, now, post=post) for number in numbers)
    return triage_all(github, rules, now, post=post)


def _print(result: TriageResult) -> None:
    emit_wrapped(f"#{result.number}: {printable(_outcome(result))}")
    if result.comment is not None:
        for line in filter(None, result.comment.splitlines()[1:]):
            emit_wrapped(f"    {printable(line)}")


def _outcome(result: TriageResult) -> str:
    plan = result.plan
    steps = [f"add {' and '.join(map(repr, plan.labels))}"] if plan.labels else []
    if plan.stage is not None:
        steps.append("comment")
    return f"{', '.join(steps) or 'nothing to do'} ({plan.reason})"


def _summary(results: list[TriageResult]) -> str:
    rows = ([f"#{result.number}", code(_outcome(result))] for result in results)
    return "\n".join(["## Triage", "", *table(["issue", "outcome"], rows), ""])
