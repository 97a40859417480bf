"""Read the inputs that the commands of ``commonhold catalog`` share: options, repository, time and test results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import open_source
from commonhold.cli.terminal import RED, YELLOW, echo_err, echo_error, emit_wrapped
from commonhold.errors import UsageError
from commonhold.text import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from commonhold.catalog.run_build import BuildReport
    from commonhold.catalog.tested import CoreTestResults
    from commonhold.cli.context import Context
    from commonhold.release.plan.release_source import ReleaseSource
    from commonhold.tree import Tree
    from commonhold.workspace.config import Config

folder_option = click.option(
    "--to", "folder", metavar="DIR", required=True, help="Folder of the plugin index, such as a checkout of its branch."
)
results_option = click.option(
    "--results",
    "results",
    metavar="DIR",
    multiple=True,
    help="Folder with the results of test sessions, as for `commonhold report DIR`; repeatable.",
)
plan_option = click.option(
    "--plan",
    metavar="FILE",
    help="Accept only results that a job of this plan can deliver, as for `commonhold report DIR`.",
)
at_option = click.option(
    "--at", metavar="TIME", help="The current time in UTC, such as 2027-01-31T12:00:00Z; default: the clock's."
)

PARTIAL = 5
"""The exit code if a file of test results was refused. A plugin's job can write one, and must not stop the others."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class CatalogSource:
    """The repository of a plugin index at ``HEAD``, and the address of its page."""

    source: ReleaseSource
    tree: Tree
    config: Config
    page: str | None


def open_catalog_source(context: Context) -> CatalogSource:
    """Open the repository. Its working tree may be incomplete, so everything is read from the commit ``HEAD``."""
    from commonhold.vcs.web_address import repository_page
    from commonhold.workspace import Files

    source = open_source(context)
    tree = Files.of(source.tree("HEAD"))
    return CatalogSource(source, tree, source.config(tree), repository_page(source.repository.git))


def read_plugin_logos(repository: CatalogSource, names: Mapping[str, str]) -> dict[str, bytes]:
    """Read the logos of plugins, which ``names`` lists by folder; warn about files that cannot be logos."""
    from commonhold.catalog.plugin_logos import read_logos

    logos, problems = read_logos(repository.tree, names)
    for problem in problems:
        echo_err(f"warning: {printable(problem)}", YELLOW)
    return logos


def parse_time(text: str | None) -> str:
    """Return the time of a run. Raises ``UsageError``."""
    if text is None:
        return f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    try:
        datetime.fromisoformat(text.removesuffix("Z"))
        valid = _TIME.fullmatch(text) is not None
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(f"{text} is not a time", hint="Write it in UTC, such as 2027-01-31T12:00:00Z.")
    return text


def day_of(time: str) -> date:
    """Return the day of a time."""
    return date.fromisoformat(time[:10])


def read_tests(folders: Iterable[str], plan: str | None, rule: str) -> tuple[CoreTestResults, bool]:
    """Read the test results in folders; the second value is false if a file was refused, which is printed."""
    from commonhold.catalog.tested import combine_results
    from commonhold.ci.collected_results import read_planned_sessions, read_results

    planned = None if plan is None else read_planned_sessions(plan)
    results: list[Any] = []
    complete = True
    for folder in folders:
        found = read_results(folder, planned)
        results += found.results
        for problem in found.problems:
            complete = False
            echo_error(f"error: {printable(problem)}", RED)
    return combine_results(results, rule), complete


def print_catalog(report: BuildReport, folder: str) -> None:
    """Print a line for each change, and the plugins that are left out."""
    for line in report.changes:
        emit_wrapped(printable(line))
    for sentence in report.left_out:
        echo_err(f"not listed: {printable(sentence)}", YELLOW)
    changes = count(len(report.changes), "change") if report.changes else "no change"
    echo_err(f"{printable(folder)}: {changes}")
