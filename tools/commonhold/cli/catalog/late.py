"""``commonhold catalog late``: list the plugins that are not ready for the coming release of the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from commonhold.cli.github_files import append_to
from commonhold.cli.options import add_options
from commonhold.cli.terminal import GREEN, YELLOW, echo_err, emit
from commonhold.options import JSON

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("late")
@click.argument("folder", metavar="DIR")
@click.option("--core", metavar="VERSION", help="Compare with this version. [default: the newest one in the results]")
@click.option("--github", "github", is_flag=True, help="Write the job summary of GitHub Actions.")
@add_options([JSON])
@click.pass_obj
def command(context: Context, folder: str, core: str | None, github: bool, as_json: bool) -> int:
    """List the plugins that are not ready for the coming release of the core.

    DIR contains the plugin index, such as a checkout of the branch plugin-index. A plugin is ready if its tests pass
    with the newest core, pre-releases included, and one of its releases admits that core. Plugins that are released
    together with the core need only their tests. An unknown result counts as not ready.
    """
    from commonhold.cli.late_report import (
        LATE_HEADINGS,
        RepositoryFiles,
        headline,
        late_rows,
        late_summary,
        read_late_report,
    )
    from commonhold.cli.release.table import TableRow, print_table
    from commonhold.errors import UsageError
    from commonhold.selection.document import dump

    report = read_late_report(context, folder, core, RepositoryFiles.read(context))
    if report is None:
        raise UsageError(
            "the plugin index contains no test result", hint="Add --core VERSION, or run the nightly workflow first."
        )
    if github:
        append_to("GITHUB_STEP_SUMMARY", late_summary(report))
    if as_json:
        emit(dump(msgspec.to_builtins(report.document())))
        return 0
    if report.late:
        print_table(LATE_HEADINGS, [TableRow(row) for row in late_rows(report)], sentences=1)
    echo_err(headline(report), YELLOW if report.late else GREEN)
    return 0
