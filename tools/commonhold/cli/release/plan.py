"""``commonhold release plan``: plan a release, and save the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commonhold.cli.completion import complete_plugins
from commonhold.cli.release.store_options import open_cached_source, simple_option
from commonhold.cli.terminal import BOLD, echo_err

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from packaging.version import Version

    from commonhold.cli.context import Context
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.plan.release_source import ReleaseSource


@dataclass(frozen=True, slots=True)
class ReleasePlanOptions:
    """The options of the command."""

    version: str | None
    next_version: bool
    floor: str | None
    ref: str | None
    only: tuple[str, ...]
    to: str
    simple: str | None
    core_from: str | None
    finish: bool
    dry_run: bool
    store: str | None
    form: str


def request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the scope of a release, for ``plan`` and ``run``."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Print the plan without writing files."),
        click.option("--store", metavar="DIR", help="Folder of the store; default: .commonhold/release/VERSION."),
        click.option("--core-from", metavar="INDEX", help="Use the core that is already published on this index."),
        click.option("--only", metavar="PLUGIN", multiple=True, shell_complete=complete_plugins,
                     help="Release this plugin and the plugins that were held back because of it; repeatable."),
        click.option("--ref", metavar="REV",
                     help="Release this commit; default: the version's tag if it exists, or HEAD."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("plan")
@click.argument("version", required=False)
@click.option("--next", "next_version", is_flag=True, help="Plan for the newest core release that no plugin has yet.")
@click.option("--floor", metavar="VERSION", help="With --next: ignore core releases up to VERSION.")
@request_options
@click.option("--to", metavar="INDEX", default="pypi", show_default=True, help="pypi, testpypi or an upload URL.")
@simple_option
@click.option(
    "--finish",
    is_flag=True,
    help="Recover a release whose store was lost: accept files already on the index.",
)
@click.option("--json", "form", flag_value="json", help="Print the plan as JSON (schema 1) instead of a table.")
@click.option("--markdown", "form", flag_value="markdown", help="Print the plan as Markdown, to approve it.")
@click.option("--table", "form", flag_value="table", default=True, hidden=True)
@click.pass_obj
def command(context: Context, /, **options: Any) -> None:
    """Decide which plugins to release, at which versions and in which order, and save the plan in a new store.

    The plan is read from one commit, and no project code runs. A plugin that cannot be released is held back, or stops
    the release with exit code 1, depending on its tier. If nothing is new, stdout is empty.
    """
    from commonhold.cli.release.progress import show_progress
    from commonhold.cli.release.results import print_nothing_new, print_planning
    from commonhold.release.phases import run_plan
    from commonhold.release.plan.planned_store import ReleaseRequest, make_planned_store
    from commonhold.text import printable

    chosen = ReleasePlanOptions(**options)
    _check(chosen)
    source = open_cached_source(context)
    with show_progress() as reporter:
        version = _version(source, chosen, reporter)
        if version is None:
            echo_err("the plugins have every release of the core: there is nothing to release", BOLD)
            return
        request = ReleaseRequest(
            version=version,
            ref=chosen.ref,
            only=chosen.only,
            index=chosen.to,
            simple=chosen.simple,
            core_from=chosen.core_from,
            finish=chosen.finish,
            store=chosen.store,
        )
        planning = run_plan(source, request, reporter)
    if planning.nothing_new:
        print_nothing_new(planning)
        return
    print_planning(planning, chosen.form)
    release = planning.check()
    if chosen.dry_run:
        echo_err("dry run: no files were written")
        return
    context.remember(source.repository, source.cache)
    store = make_planned_store(source, request, release)
    echo_err(f"planned in {printable(store.folder)}", BOLD)


def _check(chosen: ReleasePlanOptions) -> None:
    if chosen.next_version == (chosen.version is not None):
        raise click.UsageError("pass either a VERSION or --next")
    if chosen.next_version and chosen.only:
        raise click.UsageError("--only needs a VERSION")
    if chosen.floor is not None and not chosen.next_version:
        raise click.UsageError("--floor needs --next")


def _version(source: ReleaseSource, chosen: ReleasePlanOptions, reporter: Reporter) -> Version | None:
    from commonhold.release.phases import find_next_version, open_indexes
    from commonhold.versions import parse_release

    if chosen.version is not None:
        return source.parse_version(chosen.version)
    indexes = open_indexes(chosen.to, chosen.simple, chosen.core_from, reporter)
    floor = None if chosen.floor is None else parse_release(chosen.floor)
    return find_next_version(source, indexes, floor=floor, ref=chosen.ref)
