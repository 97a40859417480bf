"""``commonhold release plan``: what a release would do."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

import click

from commonhold.cli.cache_file import recall, remember
from commonhold.cli.release.index_options import simple_option
from commonhold.cli.release.store_options import FOLDER, store_name
from commonhold.cli.release.table import TableRow, print_table
from commonhold.cli.terminal import BOLD, YELLOW, echo_err, emit
from commonhold.effects.files import make_ignored_folder
from commonhold.errors import UsageError
from commonhold.index.addresses import find_index
from commonhold.index.client import IndexClient
from commonhold.projects.names import normalize
from commonhold.release.model.store import make_store
from commonhold.release.plan.approval import HEADINGS, plan_markdown, plan_rows, release_plan_summary
from commonhold.release.plan.next_release import find_upcoming
from commonhold.release.plan.planner import Indexes, PlanRequest, plan_release
from commonhold.release.plan.release_ref import find_reference, version_in
from commonhold.text import printable
from commonhold.versions import parse_release, parse_version
from commonhold.workspace import Files, read_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from packaging.version import Version

    from commonhold.cli.context import Context
    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.store import Store
    from commonhold.release.plan.planner import Planning
    from commonhold.release.plan.release_ref import Reference
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace import Workspace
    from commonhold.workspace.config import Config


@dataclass(frozen=True, slots=True)
class ReleasePlanOptions:
    """The options of the command."""

    version: str | None
    upcoming: bool
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


@click.command("plan", short_help="Decide what is released, at which versions, in which order.")
@click.argument("version", required=False)
@click.option("--next", "upcoming", is_flag=True, help="Plan the newest release of the core that has no plugins yet.")
@click.option("--floor", metavar="VERSION", help="With --next: look above VERSION, not above the configured floor.")
@click.option("--ref", metavar="REV", help="Release this commit; without it, the version's tag if it exists, or HEAD.")
@click.option("--only", metavar="PLUGIN", multiple=True, help="Release this plugin, and those that waited for it.")
@click.option("--to", metavar="INDEX", default="pypi", show_default=True, help="pypi, testpypi, or where it uploads.")
@simple_option
@click.option("--core-from", metavar="INDEX", help="The core is out, on this index: pypi, testpypi, or an address.")
@click.option("--finish", is_flag=True, help="Files of this version may be there: the store of a release is lost.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@click.option("--store", metavar="DIR", help="Keep the plan in DIR, not in .commonhold/release/VERSION.")
@click.option("--json", "form", flag_value="json", help="Print the plan as JSON (schema 1) instead of a table.")
@click.option("--markdown", "form", flag_value="markdown", help="Print it as Markdown, for an approval.")
@click.option("--table", "form", flag_value="table", default=True, hidden=True)
@click.pass_obj
def command(context: Context, /, **options: Any) -> None:
    """Decide what is released, at which versions, from which commit, in which order, and who is held back and why.

    Everything is read from the commit, and nothing in it is run. With --next and no such release, nothing is
    planned, and nothing printed on stdout. Exit code 1 when a plugin that cannot be released stops the release.
    """
    plan_into_store(context, ReleasePlanOptions(**options))


def plan_into_store(context: Context, wanted: ReleasePlanOptions) -> Store | None:
    """Plan, tell about it, and keep the plan; without a store in a dry run, and where there is nothing to release."""
    _check(wanted)
    repository = context.repository()
    indexes = _indexes(wanted)
    text = wanted.version
    version = _version(context, repository, text) if text else _upcoming(context, repository, wanted, indexes)
    if version is None:
        echo_err("every release of the core has its plugins: there is nothing to release", BOLD)
        return None
    with _asking(indexes) as told:
        planning = _plan(context, repository, wanted, told, version)
    _print(planning, wanted.form)
    plan = planning.check()
    if wanted.dry_run:
        echo_err("a dry run: nothing was written")
        return None
    if wanted.store is None:
        make_ignored_folder(os.path.join(repository.root, FOLDER[0]))
    store = make_store(wanted.store or _usual_store(repository, plan, wanted), plan)
    echo_err(f"planned in {printable(store.folder)}", BOLD)
    return store


def _check(wanted: ReleasePlanOptions) -> None:
    if wanted.upcoming == (wanted.version is not None):
        raise click.UsageError("name a VERSION, or --next")
    if wanted.upcoming and wanted.only:
        raise click.UsageError("--only needs a VERSION")
    if wanted.floor is not None and not wanted.upcoming:
        raise click.UsageError("--floor needs --next")


def _indexes(wanted: ReleasePlanOptions) -> Indexes:
    target = IndexClient(find_index(wanted.to, wanted.simple))
    return Indexes(target, None if wanted.core_from is None else IndexClient(find_index(wanted.core_from)))


@contextlib.contextmanager
def _asking(indexes: Indexes) -> Iterator[Indexes]:
    """On a terminal, show how many projects the index was asked about."""
    if not sys.stderr.isatty():
        yield indexes
        return
    from rich.console import Console

    asked = itertools.count(1)
    with Console(stderr=True).status("reading the commit") as status:
        yield replace(indexes, told=lambda name: status.update(f"asking the index: {next(asked)}, {name}"))


def _upcoming(context: Context, repository: Repository, wanted: ReleasePlanOptions, indexes: Indexes) -> Version | None:
    tree = Files.of(repository.tree(repository.resolve(wanted.ref or "HEAD")))
    config = context.read_config(tree, repository.root)
    floor = wanted.floor or config.release.floor
    if floor is None:
        raise UsageError(
            "--next needs to know above which release of the core to look",
            hint="Set floor in [tool.commonhold.release], or say --floor VERSION.",
        )
    return find_upcoming(_workspace(repository, tree, config, wanted), tree, parse_release(floor), indexes)


def _version(context: Context, repository: Repository, text: str) -> Version:
    """The version that is meant: by itself, or by its tag, which is what GitHub tells of a release."""
    patterns = _tags(context, repository) if parse_version(text) is None else ()
    tagged = (version_in(text, pattern) for pattern in patterns)
    return parse_release(next((str(version) for version in tagged if version is not None), text))


def find_commit(context: Context, version: str, ref: str | None) -> str:
    """The commit that a release would be made of. Raises ``GitError``."""
    repository = context.repository()
    return _reference(context, repository, ref, parse_release(version)).commit


def _reference(context: Context, repository: Repository, ref: str | None, version: Version) -> Reference:
    return find_reference(repository, ref, version, _tags(context, repository))


def _tags(context: Context, repository: Repository) -> tuple[str, ...]:
    return context.read_config(repository.tree(repository.resolve("HEAD")), repository.root).release.tag


def _plan(
    context: Context, repository: Repository, wanted: ReleasePlanOptions, indexes: Indexes, version: Version
) -> Planning:
    reference = _reference(context, repository, wanted.ref, version)
    echo_err(f"planning {version} from {printable(reference.name)} ({reference.commit[:12]})")
    tree = Files.of(repository.tree(reference.commit))
    workspace = _workspace(repository, tree, context.read_config(tree, repository.root), wanted)
    request = PlanRequest(
        version=version,
        commit=reference.commit,
        epoch=repository.committed(reference.commit),
        to=wanted.to,
        simple=wanted.simple,
        only=tuple(map(normalize, wanted.only)),
        finish=wanted.finish,
    )
    return plan_release(workspace, tree, request, indexes)


def _workspace(repository: Repository, tree: Tree, config: Config, wanted: ReleasePlanOptions) -> Workspace:
    memory = recall(repository.folder)
    workspace = read_workspace(tree, config, cache=memory)
    if not wanted.dry_run:
        remember(repository.folder, memory)
    return workspace


def _usual_store(repository: Repository, plan: ReleasePlan, wanted: ReleasePlanOptions) -> str:
    return os.path.join(repository.root, *FOLDER, store_name(plan, map(normalize, wanted.only)))


def _print(planning: Planning, form: str) -> None:
    plan = planning.plan
    for warning in planning.warnings:
        echo_err(f"warning: {printable(warning)}", YELLOW)
    if form == "json":
        import msgspec

        emit(msgspec.json.format(msgspec.json.encode(plan), indent=1).decode())
    elif form == "markdown":
        emit(plan_markdown(plan, planning.stopping, planning.warnings).rstrip("\n"))
    else:
        rows = (TableRow(astuple(row), YELLOW if row.fate.startswith("held") else "") for row in plan_rows(plan))
        print_table(HEADINGS, rows, sentences=2)
        echo_err(printable(release_plan_summary(plan)), BOLD)
