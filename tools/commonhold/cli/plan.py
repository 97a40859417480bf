"""``commonhold plan``: generate the jobs that test what a change can break."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from commonhold.ci.durations import Durations, read_durations
from commonhold.ci.github import annotation_lines, output_lines, plan_document
from commonhold.ci.job_plan import plan_jobs
from commonhold.ci.shards import LIMITS
from commonhold.ci.step_summary import job_plan_summary
from commonhold.cli.github_files import append_to
from commonhold.cli.options import add_options, compare_options, comparison_options
from commonhold.cli.terminal import BOLD, RED, YELLOW, columns, echo_err, echo_error, emit, emit_wrapped, is_verbose
from commonhold.errors import CommonholdError
from commonhold.options import JSON
from commonhold.selection.document import dump, workspace_document
from commonhold.selection.listing import comparison_lines, left_out_lines, touched_warnings, warning_lines
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from commonhold.ci.job_plan import Job, JobPlan
    from commonhold.cli.context import Context
    from commonhold.selection import SelectionResult


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options of ``commonhold plan``, except those that select the comparison."""

    github: bool
    as_json: bool
    durations: str | None
    shadow: str | None
    outcomes: str | None


@click.command("plan", short_help="Generate the test jobs for a change, for GitHub Actions or as JSON.")
@comparison_options
@click.option("--github", is_flag=True, help="Write the step outputs, the step summary and annotations.")
@add_options([JSON])
@click.option("--durations", metavar="FILE", help="Balance jobs by the session durations in FILE.")
@click.option("--shadow", metavar="FILE", help="Append to FILE which plugins this plan would run and skip.")
@click.option(
    "--outcomes",
    metavar="PATH",
    help='With --shadow: job results of the current CI, as JSON {"job": "passed"|"failed"} or a folder of JUnit files.',
)
@click.pass_obj
def command(context: Context, /, base: str | None, head: str | None, exact: bool, **values: Any) -> int:
    """Generate the jobs that test what a change can break.

    The exit code is 1 if a required plugin cannot be tested on any configured Python version.
    """
    options = PlanOptions(**values)
    if options.outcomes is not None and options.shadow is None:
        raise click.UsageError("--outcomes needs --shadow FILE")
    selected = context.select(compare_options(context.folder, base, head, exact))
    durations, doubts = _durations(options.durations)
    plan = plan_jobs(selected.affected, selected.workspace, durations)
    plan = replace(plan, warnings=(*doubts, *plan.warnings))
    _print(selected, plan, options)
    if options.shadow is not None:
        _shadow(selected, plan, options.shadow, options.outcomes)
    return 1 if plan.failed else 0


def _durations(path: str | None) -> tuple[Durations, tuple[str, ...]]:
    """Read recorded durations; if they cannot be read, only print a warning, because they only help to balance jobs."""
    if path is None:
        return Durations(), ()
    try:
        return read_durations(path), ()
    except CommonholdError as error:
        return Durations(), (f"{error.message}; all sessions are assumed to take the same time",)


def _print(selected: SelectionResult, plan: JobPlan, options: PlanOptions) -> None:
    errors = [f"no Python version can test {plugin.detail}" for plugin in plan.untestable if not plugin.advisory]
    warnings = [f"no Python version can test {plugin.detail}" for plugin in plan.untestable if plugin.advisory]
    general, every = touched_warnings(selected), set(selected.affected.warnings)
    own = [text for text in plan.warnings if text not in every]
    shown = replace(plan, warnings=(*own, *general))  # only the JSON contains every warning of the selection
    for line in () if options.as_json else comparison_lines(selected):
        echo_err(line)
    for error in errors:
        echo_error(f"error: {printable(error)}", RED)
    listed = warning_lines(selected.affected.warnings, every=True) if is_verbose() else warning_lines(general)
    for line in (*(f"warning: {printable(text)}" for text in (*warnings, *own)), *listed):
        echo_err(line, YELLOW)
    if options.as_json:
        emit(dump(plan_document(plan) | workspace_document(selected.affected)))
    else:
        echo_err(printable(selected.affected.because), BOLD)
        for line in left_out_lines(selected.affected):
            echo_err(line)
        _print_jobs(plan.jobs, "")
        _print_jobs(plan.advisory, " (advisory)")
        if plan.jobs or plan.advisory:
            echo_err(f"each time limit includes {LIMITS.set_up_minutes} minutes of setup for the job")
    if options.github:
        append_to("GITHUB_OUTPUT", output_lines(plan))
        append_to("GITHUB_STEP_SUMMARY", job_plan_summary(shown, selected.affected))
        for line in annotation_lines(errors, (*warnings, *shown.warnings)):
            echo_error(line)  # GitHub reads annotations from the log, so they are a result


def _print_jobs(jobs: Sequence[Job], mark: str) -> None:
    """Print one line for each job; on a terminal, print equal limits of several jobs once, above these jobs."""
    above = ""
    for job in jobs:
        # The name of a job with one session repeats the session's name.
        name = job.sessions[0] if len(job.sessions) == 1 else f"{job.name}: {' '.join(job.sessions)}"
        limits = f"on {job.os}, at most {job.timeout} minutes{mark}"
        if columns() is None:
            emit(f"{name} {limits}")
            continue
        if limits != above:
            emit(f"{limits}:")
        above = limits
        emit_wrapped(f"  {name}")


def _shadow(selected: SelectionResult, plan: JobPlan, path: str, outcomes: str | None) -> None:
    from commonhold.ci.shadow import append_record, read_outcomes, read_records, record_shadow, summarize_shadow

    # Read outcomes first, so that an error in them does not leave a record without results.
    found = None if outcomes is None else read_outcomes(outcomes)
    earlier = read_records(path) if os.path.exists(path) else ()
    record = record_shadow(plan, selected.affected, selected.workspace, found)
    append_record(path, record)
    for job in record.strangers:
        echo_err(f"warning: no plugin matches the job {printable(job)}", YELLOW)
    for line in summarize_shadow((*earlier, record)).lines():
        echo_err(f"shadow: {line}")
