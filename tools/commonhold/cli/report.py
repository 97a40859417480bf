"""``commonhold report``: collect session results in one table, and record durations for the next plan."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.ci.collected_results import read_planned_sessions, read_results
from commonhold.ci.results import measured
from commonhold.ci.step_summary import results_lines, results_summary
from commonhold.cli.github_files import append_to
from commonhold.cli.terminal import RED, YELLOW, echo_err, echo_error, emit
from commonhold.errors import CommonholdError, UsageError
from commonhold.text import and_more, printable

if TYPE_CHECKING:
    from commonhold.ci.results import SessionResult


MOST_PROBLEMS = 50
"""The number of refused files to list; a job can deliver any number of files."""


@click.command("report", short_help="Collect job results in a table.")
@click.argument("folder", metavar="DIR")
@click.option("--github", is_flag=True, help="Also write the table to the step summary.")
@click.option("--durations", metavar="FILE", help="Add the session durations to FILE.")
@click.option(
    "--plan",
    metavar="FILE",
    help="Accept only results that a job of this plan can deliver. FILE is the output of `commonhold plan --json`, and "
    "DIR contains a folder for each job, whose name ends with the job's number, or with `advisory-` and the number.",
)
def command(folder: str, github: bool, durations: str | None, plan: str | None) -> int:
    """Collect the session results in DIR in a table.

    Failed sessions are listed but do not change the exit code. The exit code is 1 if a result cannot be read, or if
    nox's report or the JUnit file next to it does not agree with it.
    """
    if durations is not None and os.path.lexists(durations) and not os.path.isfile(durations):
        raise UsageError(f"{durations} is not a regular file", hint="Pass the path of a file to --durations.")
    found = read_results(folder, None if plan is None else read_planned_sessions(plan))
    results, problems = found.results, found.problems
    for problem in problems[:MOST_PROBLEMS]:
        echo_error(f"error: {printable(problem)}", RED)
    if len(problems) > MOST_PROBLEMS:
        echo_error(f"error: …{and_more(len(problems), MOST_PROBLEMS)} files were refused", RED)
    if not results:
        echo_err(f"no results in {printable(folder)}")
    for line in results_lines(results):
        emit(printable(line))
    if github:
        append_to("GITHUB_STEP_SUMMARY", results_summary(results))
    if durations is not None:
        _record(durations, results)
    return 1 if problems else 0


def _record(path: str, results: tuple[SessionResult, ...]) -> None:
    from commonhold.ci.durations import Durations, read_durations, write_durations

    try:
        known = read_durations(path)
    except CommonholdError as error:
        # Durations are only used to balance the next plan, so losing them must not make this report fail.
        echo_err(f"warning: {printable(error.message)}; starting a new file", YELLOW)
        known = Durations()
    write_durations(path, known.updated(measured(results)))
