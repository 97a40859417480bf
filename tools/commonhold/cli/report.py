"""``commonhold report``: collect session results in one table, and record durations for the next plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.ci.results import measured, read_results
from commonhold.ci.step_summary import results_lines, results_summary
from commonhold.cli.github_files import append_to
from commonhold.cli.terminal import RED, YELLOW, echo_err, emit
from commonhold.errors import CommonholdError
from commonhold.text import printable

if TYPE_CHECKING:
    from commonhold.ci.results import SessionResult


@click.command("report", short_help="Collect job results in a table.")
@click.argument("folder", metavar="DIR")
@click.option("--github", is_flag=True, help="Also write the table to the step summary.")
@click.option("--durations", metavar="FILE", help="Add the session durations to FILE.")
def command(folder: str, github: bool, durations: str | None) -> int:
    """Collect the session results in DIR in a table.

    Failed sessions are listed but do not change the exit code. The exit code is 1 if a result cannot be read.
    """
    found = read_results(folder)
    results, problems = found.results, found.problems
    for problem in problems:
        echo_err(f"error: {printable(problem)}", RED)
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
