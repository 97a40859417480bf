"""``commonhold governance late``: ask the maintainers of plugins that are not ready for the coming core."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from commonhold.cli.github_access import api_transport, current_time, limited_client, repository_name
from commonhold.cli.github_files import append_to
from commonhold.cli.terminal import YELLOW, echo_err, emit_wrapped
from commonhold.errors import ToolError, UsageError
from commonhold.text import printable

if TYPE_CHECKING:
    from commonhold.catalog.late_plugins import LateReport
    from commonhold.cli.context import Context
    from commonhold.cli.late_report import RepositoryFiles
    from commonhold.governance.late_plugins.late_run import LateIssueResult, Maintainers


@dataclass(frozen=True, slots=True)
class LateOptions:
    """The options of the command."""

    folder: str
    by: str | None
    core: str | None
    repository: str | None
    post: bool
    github: bool


@click.command("late")
@click.argument("folder", metavar="DIR")
@click.option("--by", metavar="DATE", help="The day until which a plugin must be ready, such as 2027-01-15.")
@click.option("--core", metavar="VERSION", help="Compare with this version. [default: the newest one in the results]")
@click.option(
    "--repository", metavar="OWNER/NAME", help="The repository. [default: GITHUB_REPOSITORY, or this clone's remote]"
)
@click.option(
    "--post", is_flag=True, help="Open, edit and close the issues. Without it, only print what would be done."
)
@click.option("--github", "github", is_flag=True, help="Write the job summary of GitHub Actions.")
@click.pass_obj
def command(context: Context, /, **values: object) -> int:
    """Ask the maintainers of plugins that are not ready for the coming core.

    DIR contains the plugin index. Between a pre-release and the release of the core, each late plugin gets one issue.
    It mentions the maintainers, and names the day until which they must make the plugin ready or somebody may fork it.
    The issue is edited when the reasons change, and closed when the plugin is ready. `catalog late` prints the list.
    """
    from commonhold.cli.late_report import RepositoryFiles, headline, late_summary, read_late_report

    chosen = LateOptions(**values)  # type: ignore[arg-type]
    by = None if not chosen.by else _day(chosen.by)
    files = RepositoryFiles.read(context)
    report = read_late_report(context, chosen.folder, chosen.core, files)
    if report is None:
        echo_err("the plugin index contains no test result, so no issue is needed", YELLOW)
        return 0
    if chosen.github:
        append_to("GITHUB_STEP_SUMMARY", late_summary(report))
    echo_err(headline(report))
    if by is None and report.late:
        echo_err("no issue is opened without --by, the day until which the plugins must be ready", YELLOW)
    return _update(context, chosen, report, files, by)


def _update(context: Context, chosen: LateOptions, report: LateReport, files: RepositoryFiles, by: date | None) -> int:
    from commonhold.governance.late_plugins.late_run import update_late_issues

    github = limited_client(api_transport(), repository_name(context, chosen.repository))
    failed = False
    today = current_time().date()
    for result in update_late_issues(github, report, _maintainers(files), by, today, post=chosen.post):
        _print(result)
        failed |= result.error is not None
    return ToolError.exit_code if failed else 0


def _maintainers(files: RepositoryFiles) -> Maintainers:
    from commonhold.governance.approvals.gate_config import read_gate_settings
    from commonhold.governance.late_plugins.late_run import Maintainers
    from commonhold.ownership import Ownership

    owners = Ownership.read(files.files, files.config)
    plugins = {name: owners.plugins[folder] for name, folder in files.folders.items() if folder in owners.plugins}
    return Maintainers(owners, plugins, read_gate_settings(files.config).gate_account)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{printable(text)!r} is not a date", hint="Write a date such as 2027-01-15.") from error


def _print(result: LateIssueResult) -> None:
    plan = result.plan
    place = f" (issue {plan.number})" if plan.number is not None else ""
    emit_wrapped(printable(f"{plan.name}{place}: {plan.step.value}: {plan.why}"))
    if result.error is not None:
        echo_err(f"warning: {plan.name}: {result.error.message}", YELLOW)
