"""``commonhold release notes``: write the documents about a release, and tag it."""

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
    from commonhold.release.report.release_tags import TagResult
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.workspace.config import Config


@dataclass(frozen=True, slots=True)
class NotesOptions:
    """Options of the command: ``tag`` creates tags, and ``push`` is the remote that they are pushed to."""

    offline: bool = False
    tag: bool = False
    push: str | None = None
    github: bool = False


def notes_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that writes notes."""
    for option in (
        click.option("--push", metavar="REMOTE", help="Push the release's tags to REMOTE, such as origin."),
        click.option("--tag", is_flag=True, help="Tag the release's commit in this clone."),
        click.option("--github", is_flag=True, help="Also write the table to the step's summary on GitHub."),
    ):
        command = option(command)
    return command


@click.command("notes")
@store_options
@click.option("--offline", is_flag=True, help="Do not query the index for published versions; use only tags.")
@notes_options
@click.pass_obj
def command(context: Context, /, version: str | None, folder: str | None, **options: Any) -> int:
    """Write release notes, release.json, a CycloneDX SBOM and a rollback sheet into the release's store.

    The release notes are also printed. The command can be run again at any time, and describes the current state. An
    existing tag is never moved; the exit code is 1 if a tag points to another commit.
    """
    from commonhold.release.report.outputs import NOTES

    store = find_store(context, version, folder)
    paths, has_conflict = write_and_tag(context, store, NotesOptions(**options))
    with open(paths[NOTES], encoding="utf-8") as file:
        emit(file.read().rstrip("\n"))
    return STOPPED if has_conflict else 0


def write_and_tag(context: Context, store: Store, options: NotesOptions) -> tuple[dict[str, str], bool]:
    """Write the documents, and tag the release; return the paths, and whether a tag points to another commit."""
    repository = context.repository()
    tree = repository.tree(repository.resolve(store.plan.commit))
    config = context.read_config(tree, repository.root)
    with store.lock():
        state = store.state()
        try:
            has_conflict = _tag(store, state, repository, config, options)
        finally:
            # The documents are written even if the remote rejects the tags.
            paths = _write(context, store, state, repository, tree, config, options)
    return paths, has_conflict


def _write(
    context: Context,
    store: Store,
    state: ReleaseState,
    repository: Repository,
    tree: Tree,
    config: Config,
    options: NotesOptions,
) -> dict[str, str]:
    from commonhold.cli.github_files import append_to
    from commonhold.release.report.outputs import NOTES, write_outputs
    from commonhold.release.report.overview import overview_markdown
    from commonhold.release.report.plugin_changes import collect_changes, plugin_tables
    from commonhold.text import printable

    changes = collect_changes(
        store,
        state,
        repository,
        patterns=config.release.tag,
        tables=plugin_tables(tree, store.plan),
        published=(lambda _name: None) if options.offline else _published_versions(store, state),
        folders=partial(_folders, context, repository),
    )
    paths = write_outputs(store, state, changes, shallow=repository.shallow)
    echo_err(f"{len(paths)} files are in {printable(os.path.dirname(paths[NOTES]))}", DIM)
    if options.github:
        append_to("GITHUB_STEP_SUMMARY", overview_markdown(store.plan, state))
    return paths


def _folders(context: Context, repository: Repository, commit: str) -> Mapping[str, str]:
    """The folders of the plugins in a commit, by name; empty if its configuration cannot be read."""
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


def _published_versions(store: Store, state: ReleaseState) -> Callable[[str], Collection[str] | None]:
    """The versions of each plugin on the index; ``None`` for plugins that could not be queried."""
    from commonhold.release.report.commit_range import published_versions

    found, error = published_versions(store.plan, state)
    if error is not None:
        echo_err(f"warning: {error}; earlier releases are found by their tags alone", YELLOW)
    return found.get


def _tag(store: Store, state: ReleaseState, repository: Repository, config: Config, options: NotesOptions) -> bool:
    from commonhold.release.report.release_tags import push_release_tags, tag_release

    patterns = config.release.tag
    has_conflict = False
    if options.tag:
        has_conflict |= _print_tags(tag_release(store, state, repository, patterns), store, "created")
    if options.push is not None:
        has_conflict |= _print_tags(
            push_release_tags(store, state, repository, patterns, options.push), store, "pushed"
        )
        if "GITHUB_ACTIONS" in os.environ:
            echo_err("tags that are pushed with the job's own token do not start other workflows", DIM)
    return has_conflict


def _print_tags(result: TagResult, store: Store, done: str) -> bool:
    for tag in result.done:
        echo_err(f"{done}: {tag}")
    for tag, commit in result.conflicts.items():
        message = f"{tag} points to {commit[:12]}, but the release was built from {store.plan.commit[:12]}"
        echo_err(f"warning: {message}; existing tags are never moved", YELLOW)
    return bool(result.conflicts)
