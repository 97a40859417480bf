"""Collect the commits, authors and maintainers of each plugin for the release notes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.projects.toml import parse_toml
from commonhold.release.model.wheel_metadata import read_wheel_metadata
from commonhold.release.report.commit_range import previous_tag
from commonhold.vcs.log import commits_since
from commonhold.vcs.tags import local_tags
from commonhold.workspace.config.locate import ROOT_PROJECT, commonhold_table
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from commonhold.release.model.plan import Artifact, ReleasePlan
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.plan.tag_patterns import TagPatterns
    from commonhold.tree import Tree
    from commonhold.vcs import Repository
    from commonhold.vcs.log import Commit

    PublishedVersions = Callable[[str], Collection[str] | None]
    PluginFolders = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class PluginChanges:
    """The changes to one plugin. ``since`` is the tag of its previous release, or ``None`` if it has no such tag."""

    state: PluginState
    since: str | None = None
    commits: tuple[Commit, ...] = ()
    maintainers: tuple[str, ...] = ()

    @property
    def authors(self) -> tuple[str, ...]:
        """The authors of the commits, in the order of their newest commits."""
        return tuple(dict.fromkeys(author for commit in self.commits for author in commit.authors))


def collect_changes(
    store: Store,
    release: ReleaseState,
    repository: Repository,
    *,
    patterns: TagPatterns,
    tables: Mapping[str, Mapping[str, Any]],
    published: PublishedVersions = lambda _name: None,
    folders: PluginFolders = lambda _commit: {},
) -> tuple[PluginChanges, ...]:
    """Collect the changes to each plugin since its previous release, in the plan's order.

    ``patterns`` are the formats of release tags; ``tables`` maps plugins to their ``[tool.commonhold]`` tables.
    ``published`` returns the versions of a plugin on the index, or ``None`` if they are unknown. ``folders`` returns
    the folders of all plugins in a commit, so that a plugin keeps its commits if its folder was moved.
    Raises ``GitError`` and ``StoreError``.
    """
    known = local_tags(repository)
    plan = store.plan
    since = {plugin.name: previous_tag(plugin, known, patterns, published(plugin.name)) for plugin in plan.plugins}
    commits = _commits(repository, plan, since, known, folders)
    return tuple(
        PluginChanges(
            state,
            since[name],
            commits.get(name, ()),
            # Only uploaded wheels are opened, because others may not have passed inspection.
            find_maintainers(store, name, state.files if state.is_uploaded else (), tables.get(name, {})),
        )
        for name, state in release.plugins.items()
    )


def plugin_tables(tree: Tree, plan: ReleasePlan) -> dict[str, Mapping[str, Any]]:
    """Return the ``[tool.commonhold]`` table of each plugin with a project file; an invalid file counts as empty."""
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
    folders: PluginFolders,
) -> dict[str, tuple[Commit, ...]]:
    """Return the commits of each plugin. The log is read once for all plugins with the same previous tag."""
    by_tag: dict[str | None, list[str]] = {}
    for plugin in plan.plugins:
        by_tag.setdefault(since[plugin.name], []).append(plugin.name)
    current = {plugin.name: plugin.path for plugin in plan.plugins}
    found: dict[str, tuple[Commit, ...]] = {}
    for tag, names in by_tag.items():
        previous = {} if tag is None else folders(known[tag])
        locations = {name: {current[name], previous.get(name, current[name])} for name in names}
        log = commits_since(repository, tag and known[tag], plan.commit, sorted(set().union(*locations.values())))
        by_folder = _by_folder(log, Owners({*current.values(), *previous.values()}))
        found |= {name: _merged(log, [by_folder.get(folder, ()) for folder in locations[name]]) for name in names}
    return found


def _by_folder(log: Iterable[Commit], owners: Owners) -> dict[str, list[Commit]]:
    folders: dict[str, list[Commit]] = {}
    for commit in log:
        for folder in owners.group(commit.paths):
            folders.setdefault(folder, []).append(commit)
    return folders


def _merged(log: Sequence[Commit], parts: Sequence[Sequence[Commit]]) -> tuple[Commit, ...]:
    """Merge the commits of several folders, in the order of the log."""
    if len(parts) == 1:
        return tuple(parts[0])
    oids = {commit.oid for part in parts for commit in part}
    return tuple(commit for commit in log if commit.oid in oids)


def find_maintainers(store: Store, plugin: str, files: Sequence[Artifact], table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a plugin's maintainers: first from ``[tool.commonhold]``, then from the metadata of its wheel.

    If a plugin has no maintainers, its authors are returned. Raises ``StoreError`` if a file changed since the build.
    """
    names = list(_names(table.get("maintainers")))
    wheel = next((file for file in files if file.name.endswith(".whl")), None)
    metadata = read_wheel_metadata(store.read(plugin, wheel)) if wheel is not None else {}
    stated = _people(metadata.get("maintainer"), metadata.get("maintainer_email"))
    names += stated or ([] if names else _people(metadata.get("author"), metadata.get("author_email")))
    return tuple(dict.fromkeys(names))


def _names(value: object) -> Iterator[str]:
    """Yield the names in ``[tool.commonhold]``: strings, or tables with a name as in PEP 621. Ignore other values."""
    for item in value if isinstance(value, list) else [value]:
        name = item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str) and name.strip():
            yield name.strip()


def _people(plain: str | None, addressed: str | None) -> list[str]:
    """Return the names in a metadata field and in the matching ``-email`` field, which contains names with addresses.

    An address without a name is ignored, because addresses do not belong in release notes.
    """
    from email.utils import getaddresses

    names = [*(plain or "").split(","), *(name for name, _ in getaddresses([addressed or ""]))]
    return [name.strip() for name in names if name.strip() and name.strip() != "UNKNOWN"]
