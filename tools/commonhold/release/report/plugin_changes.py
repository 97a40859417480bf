"""Gathering what the notes tell: commits and authors by plugin, and who maintains it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.projects.toml import parse_toml
from commonhold.release.report.commit_range import last_tag
from commonhold.release.report.maintainers import maintainers
from commonhold.vcs.log import commits_since
from commonhold.vcs.tags import local_tags
from commonhold.workspace.config.locate import ROOT_PROJECT, commonhold_table
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Any

    from commonhold.release.model.plan import ReleasePlan
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.vcs.log import Commit

    Served = Callable[[str], Collection[str] | None]
    Folders = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PluginChanges:
    """What there is to tell of one plugin. ``since`` is the tag of its last release, ``None`` for its first."""

    standing: PluginState
    since: str | None = None
    commits: tuple[Commit, ...] = ()
    maintainers: tuple[str, ...] = ()

    @property
    def authors(self) -> tuple[str, ...]:
        """Who wrote the commits, the newest first."""
        return tuple(dict.fromkeys(author for commit in self.commits for author in commit.authors))


def gather_changes(
    store: Store,
    state: ReleaseState,
    repository: Repository,
    *,
    patterns: Sequence[str],
    tables: Mapping[str, Mapping[str, Any]],
    served: Served = lambda _name: None,
    folders: Folders = lambda _commit: {},
) -> tuple[PluginChanges, ...]:
    """What there is to tell of each plugin, in the plan's order.

    ``patterns`` are how tags of releases are called, ``tables`` the plugins' own ``[tool.commonhold]`` by name.
    ``served`` tells which versions of a plugin the index has, or ``None`` where that is not known, and ``folders``
    where plugins lay in a commit, by name: one that was moved keeps its commits.
    Raises ``GitError`` and ``StoreError``.
    """
    known = local_tags(repository)
    plan = store.plan
    since = {plugin.name: last_tag(plugin, known, patterns, served(plugin.name)) for plugin in plan.plugins}
    commits = _commits(repository, plan, since, known, folders)
    return tuple(
        PluginChanges(
            standing,
            since[name],
            commits.get(name, ()),
            # What did not pass inspection is not opened here either.
            maintainers(store, name, standing.files if standing.is_uploaded else (), tables.get(name, {})),
        )
        for name, standing in state.plugins.items()
    )


def own_tables(tree: Tree, plan: ReleasePlan) -> dict[str, Mapping[str, Any]]:
    """The ``[tool.commonhold]`` of each plugin that has one; what cannot be read says nothing here."""
    paths = {plugin.name: f"{plugin.path}/{ROOT_PROJECT}" for plugin in plan.plugins}
    found = tree.read(path for path in paths.values() if path in tree.entries)
    return {name: _table(found[path]) for name, path in paths.items() if path in found}


def _table(data: bytes) -> Mapping[str, Any]:
    with contextlib.suppress(ConfigurationError):
        table = commonhold_table(parse_toml(data, ROOT_PROJECT))
        return table if isinstance(table, dict) else {}
    return {}


def _commits(
    repository: Repository,
    plan: ReleasePlan,
    since: Mapping[str, str | None],
    known: Mapping[str, str],
    folders: Folders,
) -> dict[str, tuple[Commit, ...]]:
    """The commits of each plugin. One walk for all that had their last release together, and that is mostly all."""
    together: dict[str | None, list[str]] = {}
    for plugin in plan.plugins:
        together.setdefault(since[plugin.name], []).append(plugin.name)
    now = {plugin.name: plugin.path for plugin in plan.plugins}
    found: dict[str, tuple[Commit, ...]] = {}
    for tag, names in together.items():
        before = {} if tag is None else folders(known[tag])
        homes = {name: {now[name], before.get(name, now[name])} for name in names}
        log = commits_since(repository, tag and known[tag], plan.commit, sorted(set().union(*homes.values())))
        by_folder = _by_folder(log, Owners({*now.values(), *before.values()}))
        found |= {name: _merged(log, [by_folder.get(home, ()) for home in homes[name]]) for name in names}
    return found


def _by_folder(log: Iterable[Commit], owners: Owners) -> dict[str, list[Commit]]:
    folders: dict[str, list[Commit]] = {}
    for commit in log:
        for folder in owners.group(commit.paths):
            folders.setdefault(folder, []).append(commit)
    return folders


def _merged(log: Sequence[Commit], parts: Sequence[Sequence[Commit]]) -> tuple[Commit, ...]:
    """The commits of all parts, in the order of the log."""
    if len(parts) == 1:
        return tuple(parts[0])
    wanted = {commit.oid for part in parts for commit in part}
    return tuple(commit for commit in log if commit.oid in wanted)
