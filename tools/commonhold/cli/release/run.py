"""``commonhold release run``: run a whole release."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.notes import report_options
from commonhold.cli.release.plan import request_options
from commonhold.cli.release.store_options import (
    indexes_option,
    open_cached_source,
    parse_wait,
    publish_settings,
    simple_option,
    smoke_option,
    strict_option,
    upload_options,
    wait_option,
)
from commonhold.cli.terminal import echo_err, echo_error, emit
from commonhold.text import count

if TYPE_CHECKING:
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.release.pipeline import ReleaseRequest, ReleaseSettings, ReleaseSource, UploadProposal


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of the command."""

    ref: str | None
    only: tuple[str, ...]
    to: str | None
    simple: str | None
    core_from: str | None
    store: str | None
    dry_run: bool
    strict: bool
    smoke: str | None
    indexes: tuple[str, ...]
    wait: str
    yes: bool
    jobs: int
    timeout: float
    patience: float
    tag: bool
    push: str | None
    github: bool


@click.command("run")
@click.argument("version")
@request_options
@click.option("--to", metavar="INDEX", help="pypi, testpypi or an upload URL; default: the plan's index, or pypi.")
@simple_option
@strict_option
@smoke_option
@indexes_option
@wait_option
@click.option("--yes", is_flag=True, help="Upload without a confirmation; the default without a terminal.")
@upload_options
@report_options
@click.pass_obj
def command(context: Context, /, version: str, **options: Any) -> int:
    """Run every phase of a release, or resume an earlier run.

    The phases are plan, build, inspect, publish, verify and notes. Completed work is skipped. Exit codes: 0 if every
    plugin is on the index and verified, 5 if only some are, 1 if the release stopped before the first upload, and 4 if
    the index, git or a tool failed.
    """
    from commonhold.cli.github_files import append_to
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_states
    from commonhold.release.pipeline import run_release
    from commonhold.release.report.overview import count_statuses, overview_markdown
    from commonhold.text import printable

    chosen = RunOptions(**options)
    settings = _settings(chosen)
    source = open_cached_source(context)
    request = _request(version, chosen)
    if chosen.dry_run:
        _print_plan(source, request)
        return 0
    with show_progress() as reporter:
        try:
            result = run_release(
                source, request, settings, confirm=_always if chosen.yes else confirm, reporter=reporter
            )
        finally:
            context.remember(source.repository, source.cache)
    if result is None:
        return 0
    if chosen.github and result.documents:
        append_to("GITHUB_STEP_SUMMARY", overview_markdown(result.store.plan, result.state))
    print_states(result.state)
    emit(f"{result.store.plan.version}: {count_statuses(result.state)}")
    if result.exit_code:
        echo_error(f"Next: {printable(result.next_step)}")
    return result.exit_code


def _request(version: str, chosen: RunOptions) -> ReleaseRequest:
    from commonhold.release.pipeline import ReleaseRequest
    from commonhold.versions import parse_release

    return ReleaseRequest(
        version=parse_release(version),
        ref=chosen.ref,
        only=chosen.only,
        index=chosen.to,
        simple=chosen.simple,
        core_from=chosen.core_from,
        store=chosen.store,
    )


def _settings(chosen: RunOptions) -> ReleaseSettings:
    from commonhold.release.inspect.inspection import InspectionSettings
    from commonhold.release.pipeline import ReleaseSettings
    from commonhold.release.report.outputs import ReportSettings

    return ReleaseSettings(
        inspection=InspectionSettings(smoke=chosen.smoke is not None, strict=chosen.strict),
        publish=publish_settings(chosen.jobs, chosen.timeout, chosen.patience),
        report=ReportSettings(tag=chosen.tag, push=chosen.push),
        indexes=chosen.indexes,
        wait=parse_wait(chosen.wait),
    )


def _print_plan(source: ReleaseSource, request: ReleaseRequest) -> None:
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_nothing_new, print_planning
    from commonhold.release.phases import run_plan

    with show_progress() as reporter:
        planning = run_plan(source, request, reporter)
    if planning.nothing_new:
        print_nothing_new(planning)
        return
    print_planning(planning)
    planning.check()
    echo_err("dry run: no files were written")


def confirm(proposal: UploadProposal) -> bool:
    """Request a confirmation if there is a terminal, because uploads cannot be undone."""
    if not sys.stdin.isatty():
        return True
    return click.confirm(f"Upload {count(len(proposal.plugins), 'plugin')} to {proposal.address.upload}?", err=True)


def _always(_: UploadProposal) -> bool:
    return True
