"""``commonhold approvals``: decide whether pull requests have the approvals that they need."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commonhold.cli.github_access import api_transport, current_time, limited_client, read_event, repository_name
from commonhold.cli.github_files import append_to
from commonhold.cli.options import add_options
from commonhold.cli.terminal import BOLD, GREEN, YELLOW, echo_err, emit, emit_markdown, emit_wrapped, paint
from commonhold.effects.files import read_untrusted, write_atomically
from commonhold.errors import ToolError, UsageError
from commonhold.github import (
    Budget,
    GitHub,
    RecordedTransport,
    Recorder,
    Recording,
    decode_recording,
    encode_recording,
)
from commonhold.governance.approvals import GateState
from commonhold.governance.approvals.approvals_document import encode_approvals
from commonhold.governance.approvals.ask import ask_people, must_ask
from commonhold.governance.approvals.bypasses import find_bypasses, open_issue
from commonhold.governance.approvals.evaluation import evaluate_pull_request
from commonhold.governance.approvals.gate_run import run_gate
from commonhold.governance.approvals.read import PullReader
from commonhold.governance.approvals.status import status_text
from commonhold.governance.approvals.summary import summary_markdown
from commonhold.governance.approvals.targets import Target, target_of_event
from commonhold.options import JSON
from commonhold.text import capped, printable

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.github import HttpTransport
    from commonhold.governance.approvals import Decision
    from commonhold.governance.approvals.bypasses import Bypass
    from commonhold.governance.approvals.gate_run import GateResult

_MOST_RECORDING = 2**28


@dataclass(frozen=True, slots=True)
class ApprovalOptions:
    """The options of the command."""

    numbers: tuple[int, ...]
    every: bool
    event: bool
    repository: str | None
    explain: bool
    as_json: bool
    post: bool
    ask: bool
    github: bool
    record: str | None
    replay: str | None


@click.command()
@click.option(
    "--pr", "numbers", type=click.IntRange(1, 2**31), multiple=True, help="Evaluate pull request N.", metavar="N"
)
@click.option("--all", "every", is_flag=True, help="Evaluate every open pull request.")
@click.option("--event", is_flag=True, help="Evaluate what the event of this GitHub Actions run is about.")
@click.option(
    "--repository", metavar="OWNER/NAME", help="The repository. [default: GITHUB_REPOSITORY, or this clone's remote]"
)
@click.option("--explain", is_flag=True, help="Print who must approve, what does not count, and what you can do.")
@add_options([JSON])
@click.option("--post", is_flag=True, help="Post the decision as a commit status, if it changed.")
@click.option("--ask", is_flag=True, help="Request reviews and comment, so that the people who are next know it.")
@click.option("--github", "github", is_flag=True, help="Write the job summary and outputs of GitHub Actions.")
@click.option("--record", metavar="FILE", help="Save GitHub's responses to FILE.")
@click.option("--replay", metavar="FILE", help="Evaluate what --record saved, without a network connection.")
@click.pass_obj
def command(context: Context, /, **values: object) -> int:
    """Decide whether pull requests have the approvals that they need.

    Maintainers of a plugin approve first; a core maintainer's approval is binding. Everything is read from GitHub's API
    each time, with the token in GITHUB_TOKEN. The exit code is 1 if a pull request is pending, except with --post
    and --ask.
    """
    chosen = ApprovalOptions(**values)  # type: ignore[arg-type]
    _check(chosen)
    if chosen.replay is not None:
        return _replay(chosen.replay, chosen)
    name, transport = repository_name(context, chosen.repository), api_transport()
    target = target_of_event(read_event("--pr N")) if chosen.event else Target(chosen.numbers)
    if chosen.post:
        return _post(limited_client(transport, name, gate=True), target, chosen)
    return _show(transport, name, target, chosen)


def _check(chosen: ApprovalOptions) -> None:
    """Refuse options that contradict each other."""
    targets = [bool(chosen.numbers), chosen.every, chosen.event, chosen.replay is not None]
    if sum(targets) != 1:
        raise UsageError("name the pull requests with one of --pr N, --all, --event and --replay FILE")
    if (chosen.every or chosen.event) and not chosen.post:
        raise UsageError("--all and --event need --post", hint="To look at a pull request, use --pr N.")
    if chosen.record is not None and len(chosen.numbers) != 1:
        raise UsageError("--record saves one pull request", hint="Use it with one --pr N.")
    if chosen.replay is not None and (chosen.ask or chosen.post):
        raise UsageError("--replay has no connection to GitHub, so it cannot be used with --post or --ask")
    if chosen.post and chosen.ask:
        raise UsageError("use --post and --ask in separate jobs, because they need different permissions")


def _replay(path: str, chosen: ApprovalOptions) -> int:
    try:
        raw = read_untrusted(path, _MOST_RECORDING, links=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    recording = decode_recording(raw, path)
    github = GitHub(RecordedTransport(recording.exchanges), recording.repository, Budget(len(recording.exchanges)))
    return show_decisions(
        [evaluate_pull_request(PullReader(github), recording.number, recording.now)], recording.repository, chosen
    )


def _show(transport: HttpTransport, name: str, target: Target, chosen: ApprovalOptions) -> int:
    recorder, now = Recorder(transport), current_time()
    github = limited_client(recorder, name)
    reader = PullReader(github)
    found = [evaluate_pull_request(reader, number, now) for number in target.numbers]
    if chosen.record is not None:
        recording = Recording(1, name, target.numbers[0], now, recorder.exchanges)
        write_atomically(chosen.record, encode_recording(recording))
    if chosen.ask:
        for each in found:
            _, refused = ask_people(github, each)
            for text in refused:
                echo_err(f"warning: {text}", YELLOW)
        if any(each.case.pull.merged_at is not None for each in found):
            for bypass in find_bypasses(github, now):
                if bypass.number in target.numbers and open_issue(github, bypass):
                    emit(f"opened an issue: {bypass.describe()}")
    shown = show_decisions(found, name, chosen)
    return 0 if chosen.ask else shown  # asking has succeeded


def _post(github: GitHub, target: Target, chosen: ApprovalOptions) -> int:
    """Post the statuses of all pull requests of the target; return 4 if one of them could not be read."""
    results: list[GateResult] = []
    bypasses: tuple[Bypass, ...] = ()
    stopped: ToolError | None = None
    try:
        for result in run_gate(github, target, current_time, _run_page()):
            results.append(result)
            numbers = ", ".join(f"#{number}" for number in result.numbers)
            posted = "shadow mode" if result.posting is None else result.posting.value
            emit(f"{numbers} {result.state.value} ({posted}): {printable(result.text)}")
            if result.error is not None:
                echo_err(f"warning: {numbers}: {result.error.message}", YELLOW)
        if target == Target():
            bypasses = find_bypasses(github, current_time())
    except ToolError as error:  # what was decided until then is still reported
        stopped = error
    for bypass in bypasses:
        echo_err(f"warning: {bypass.describe()}", YELLOW)
    decisions = [each for result in results for each in result.decisions]
    if chosen.github:
        asking = [each.case.pull.number for each in decisions if must_ask(each)]
        asking += [bypass.number for bypass in bypasses]
        append_to("GITHUB_OUTPUT", f"ask={' '.join(map(str, asking))}\n")
        merged = [f"- {bypass.describe()}." for bypass in bypasses]
        append_to("GITHUB_STEP_SUMMARY", capped((*merged, "", *map(summary_markdown, decisions))))
    if stopped is not None:
        raise stopped
    return ToolError.exit_code if any(result.error for result in results) else 0


def show_decisions(decisions: list[Decision], repository: str, chosen: ApprovalOptions) -> int:
    """Print decisions as text or JSON; return 0 if every pull request has passed, and 1 otherwise."""
    if chosen.github:
        append_to("GITHUB_STEP_SUMMARY", "\n".join(map(summary_markdown, decisions)))
    if chosen.as_json:
        emit(encode_approvals(repository, [(each, status_text(each)) for each in decisions]))
    for decision in () if chosen.as_json else decisions:
        if chosen.explain:
            emit_markdown(summary_markdown(decision))
            continue
        done = decision.state is GateState.SUCCESS
        emit(paint(f"#{decision.case.pull.number} {decision.state.value}", BOLD, GREEN if done else YELLOW))
        emit_wrapped(printable(status_text(decision)))
        for reason in decision.reasons:
            emit_wrapped(f"- {printable(reason.text)} (row {reason.row})")
    return 0 if all(each.state is GateState.SUCCESS for each in decisions) else 1


def _run_page() -> str | None:
    """Return the page of this workflow run, which shows the job summary."""
    parts = [os.environ.get(name) for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else None
