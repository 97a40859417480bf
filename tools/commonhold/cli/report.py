"""``commonhold report``: the results of many sessions as one table, and their durations for the next plan."""

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


@click.command("report", short_help="Gather the results of jobs into a table.")
@click.argument("folder", metavar="DIR")
@click.option("--github", is_flag=True, help="Write the table to the step's summary, too.")
@click.option("--durations", metavar="FILE", help="Add how long the sessions took to FILE.")
def command(folder: str, github: bool, durations: str | None) -> int:
    """Gather the results that sessions left in DIR into a table.

    It tells what failed, and does not fail by it. Exit code 1 when a result cannot be read.
    """
    found = read_results(folder)
    results, problems = found.results, found.problems
    for problem in problems:
        echo_err(f"error: {printable(problem)}", RED)
    if not results:
        echo_err(f"no results in {folder}")
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
        echo_err(f"warning: {printable(error.message)}; it is begun again", YELLOW)
        known = Durations()
    write_durations(path, known.updated(measured(results)))
