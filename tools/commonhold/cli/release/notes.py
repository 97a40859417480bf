"""``commonhold release notes``: what a release leaves behind."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from commonhold.cli.release.store_options import find_store, store_options
from commonhold.cli.terminal import DIM, YELLOW, echo_err, emit
from commonhold.release.model.state import STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from commonhold.cli.context import Context
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.report.release_tags import Tagging
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace.config import Config


@dataclass(frozen=True, slots=True)
class NotesOptions:
    """What is to be left behind: ``tag`` makes tags, ``push`` names the remote that gets them."""

    offline: bool = False
    tag: bool = False
    push: str | None = None
    github: bool = False


def after_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What to do besides writing, for all that write notes."""
    for option in (
        click.option("--push", metavar="REMOTE", help="Push the tags of the release to REMOTE, such as origin."),
        click.option("--tag", is_flag=True, help="Tag the commit of the release in this clone."),
        click.option("--github", is_flag=True, help="Write the table to the step's summary, too."),
    ):
        command = option(command)
    return command


@click.command("notes")
@store_options
@click.option("--offline", is_flag=True, help="Do not ask the index which versions it has: believe the tags alone.")
@after_options
@click.pass_obj
def command(context: Context, /, version: str | None, folder: str | None, **options: Any) -> int:
    """Write the notes of a release, release.json, a CycloneDX document and the rollback sheet into its store.

    The notes of the whole are printed. It may be typed again at any time: it tells what is so now. A tag that is
    there is never moved; exit code 1 when one names another commit.
    """
    from commonhold.release.report.outputs import NOTES

    store = find_store(context, version, folder)
    paths, wrong = write_and_tag(context, store, NotesOptions(**options))
    with open(paths[NOTES], encoding="utf-8") as file:
        emit(file.read().rstrip("\n"))
    return STOPPED if wrong else 0


def write_and_tag(context: Context, store: Store, wanted: NotesOptions) -> tuple[dict[str, str], bool]:
    """Write what a release leaves behind, and tag it; the paths, and whether a tag names another commit."""
    repository = context.repository()
    tree = repository.tree(repository.resolve(store.plan.commit))
    config = context.read_config(tree, repository.root)
    with store.lock():
        state = store.state()
        try:
            wrong = _tag(store, state, repository, config, wanted)
        finally:
            # A remote that takes no tags takes nothing from the notes.
            paths = _write(context, store, state, repository, tree, config, wanted)
    return paths, wrong


def _write(
    context: Context,
    store: Store,
    state: ReleaseState,
    repository: Repository,
    tree: Tree,
    config: Config,
    wanted: NotesOptions,
) -> dict[str, str]:
    from commonhold.cli.github_files import append_to
    from commonhold.release.report.outputs import NOTES, write_after
    from commonhold.release.report.overview import summary_markdown
    from commonhold.release.report.plugin_changes import gather_changes, own_tables
    from commonhold.text import printable

    told = gather_changes(
        store,
        state,
        repository,
        patterns=config.release.tag,
        tables=own_tables(tree, store.plan),
        served=(lambda _name: None) if wanted.offline else _served(store, state),
        folders=partial(_folders, context, repository),
    )
    paths = write_after(store, state, told, shallow=repository.shallow)
    echo_err(f"{len(paths)} files are in {printable(os.path.dirname(paths[NOTES]))}", DIM)
    if wanted.github:
        append_to("GITHUB_STEP_SUMMARY", summary_markdown(store.plan, state))
    return paths


def _folders(context: Context, repository: Repository, commit: str) -> Mapping[str, str]:
    """Where plugins lay in a commit, by name; nowhere, where its configuration cannot be read today."""
    from commonhold.cli.cache_file import recall
    from commonhold.errors import ConfigurationError
    from commonhold.workspace import Files, read_workspace

    tree = Files.of(repository.tree(commit))
    try:
        config = context.read_config(tree, repository.root)
    except ConfigurationError:
        return {}
    workspace = read_workspace(tree, config, cache=recall(repository.folder))
    return {name: plugin.path for name, plugin in workspace.plugins.items()}


def _served(store: Store, state: ReleaseState) -> Callable[[str], Collection[str] | None]:
    """Which versions the index has, asked for all at once; of an index that does not answer, nothing is known."""
    from commonhold.release.report.previous_versions import find_served

    found, doubt = find_served(store.plan, state)
    if doubt is not None:
        echo_err(f"warning: {doubt}; who had a release is told by the tags alone", YELLOW)
    return found.get


def _tag(store: Store, state: ReleaseState, repository: Repository, config: Config, wanted: NotesOptions) -> bool:
    from commonhold.release.report.release_tags import push_release_tags, tag_release

    patterns = config.release.tag
    wrong = False
    if wanted.tag:
        wrong |= _tell(tag_release(store, state, repository, patterns), store, "made")
    if wanted.push is not None:
        wrong |= _tell(push_release_tags(store, state, repository, patterns, wanted.push), store, "pushed")
        if "GITHUB_ACTIONS" in os.environ:
            echo_err("tags that are pushed with the job's own token start no other workflow", DIM)
    return wrong


def _tell(tagging: Tagging, store: Store, done: str) -> bool:
    for tag in tagging.done:
        echo_err(f"{done}: {tag}")
    for tag, commit in tagging.elsewhere.items():
        said = f"{tag} names {commit[:12]}, and the release was made from {store.plan.commit[:12]}"
        echo_err(f"warning: {said}; a tag is never moved", YELLOW)
    return bool(tagging.elsewhere)
