"""``commonhold release notes``: write the documents about a release, and tag it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import address_options, open_cached_source, store_options
from commonhold.cli.terminal import emit

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from commonhold.cli.context import Context


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for tags and the step summary."""
    for option in (
        click.option("--push", metavar="REMOTE", help="Push the release's tags to REMOTE, such as origin."),
        click.option("--tag", is_flag=True, help="Tag the release's commit in this clone."),
        click.option("--github", is_flag=True, help="Also write the table to the step summary on GitHub."),
    ):
        command = option(command)
    return command


@click.command("notes")
@store_options
@address_options
@click.option("--offline", is_flag=True, help="Do not query the index for published versions; use only tags.")
@report_options
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    index: str | None,
    simple: str | None,
    offline: bool,
    tag: bool,
    push: str | None,
    github: bool,
) -> int:
    """Write release notes, release.json, a CycloneDX SBOM and a rollback sheet into the release's store.

    The release notes are also printed. You can run the command again at any time; it describes the current state. An
    existing tag is never moved; the exit code is 1 if a tag points to another commit.
    """
    from commonhold.cli.github_files import append_to
    from commonhold.cli.release.results import print_report
    from commonhold.release.model.release_index import release_address
    from commonhold.release.model.state import STOPPED
    from commonhold.release.model.store import open_store
    from commonhold.release.report.outputs import NOTES, ReportSettings, write_report
    from commonhold.release.report.overview import overview_markdown

    source = open_cached_source(context)
    store = open_store(folder) if folder else source.open_store(version)
    address = release_address(store, index, simple)
    report = write_report(source, store, ReportSettings(offline, tag, push), address)
    if github:
        append_to("GITHUB_STEP_SUMMARY", overview_markdown(store.plan, store.state()))
    print_report(report, store)
    with open(report.documents[NOTES], encoding="utf-8") as file:
        emit(file.read().rstrip("\n"))
    return STOPPED if report.conflicts else 0
