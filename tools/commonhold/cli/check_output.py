"""Print the report of ``commonhold check``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.check_lines import (
    WRITE_BASELINE,
    annotation_of_findings,
    check_summary,
    closing_lines_of,
    counted_lines,
    grouped_lines,
    is_first_check,
    plain_lines,
    work_lines,
)
from commonhold.checks.finding import Severity
from commonhold.cli.github_files import append_to
from commonhold.cli.terminal import BOLD, RED, YELLOW, columns, echo_err, emit, paint
from commonhold.text import capped, wrap_line

if TYPE_CHECKING:
    from commonhold.checks.check_lines import CheckLine
    from commonhold.checks.report import CheckReport


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """The output formats that the options select."""

    as_json: bool = False
    sarif: bool = False
    github: bool = False
    help_wanted: bool = False


def print_check(report: CheckReport, output: CheckOutput) -> None:
    """Print a report to stdout, and its totals to stderr."""
    if output.github:
        append_to("GITHUB_STEP_SUMMARY", capped(check_summary(report)))
    if output.as_json or output.sarif:
        from commonhold.checks.check_document import check_document
        from commonhold.checks.sarif import sarif_document
        from commonhold.selection.document import dump

        emit(dump(check_document(report) if output.as_json else sarif_document(report)))
    elif output.help_wanted:
        for line in work_lines(report):
            emit(line)
    else:
        _print_text(report)
        if output.github:
            for line in annotation_of_findings(report):
                emit(line)


def _print_text(report: CheckReport) -> None:
    width = columns()
    if is_first_check(report):
        for line in counted_lines(report):
            for part in wrap_line(line, width, indent=20):
                emit(part)
        echo_err(
            f"This repository has no baseline yet. `{WRITE_BASELINE}` records these violations, so that only new ones "
            "fail; `commonhold check PLUGIN` lists those of one plugin."
        )
    elif width is None:
        for line in plain_lines(report):
            emit(line)
    else:
        for each in grouped_lines(report, width):
            emit(_coloured(each))
    for line in closing_lines_of(report):
        echo_err(line)


def _coloured(line: CheckLine) -> str:
    if line.severity is None:
        return line.text if line.text.startswith(" ") else paint(line.text, BOLD)
    return paint(line.text, RED if line.severity is Severity.ERROR else YELLOW)
