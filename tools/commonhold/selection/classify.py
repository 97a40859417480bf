"""Classify changed paths by plugin and rule, before dependencies are followed."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.paths import PROJECT_FILES, folders_above, is_within
from commonhold.selection.path_list import PathList
from commonhold.tree import SUBMODULE
from commonhold.workspace.config.values import USUAL_EXAMPLES
from commonhold.workspace.path_index import PathIndex
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from commonhold.projects.names import Name
    from commonhold.vcs import Change
    from commonhold.workspace.config import SharedRule
    from commonhold.workspace.model import BaseState, Plugin, Workspace

LOCK = "uv.lock"
"""The name of a lock file, which applies to the plugins below its folder."""


class ClassifiedChanges(NamedTuple):
    """The changed paths, by plugin or rule.

    ``shipped`` and ``tests`` are each plugin's changed files; ``reads`` are changed paths outside its folder that it
    reads. ``core`` are paths of the core or its pin. ``shared_by_all`` are shared paths that affect every plugin;
    ``named`` are shared paths that affect the plugins named in a rule. ``shared_by_all`` and ``named`` contain the
    index of the rule too. ``unmatched`` are paths that no rule or plugin covers, ``harmless`` are paths that affect no
    plugin, and ``lock`` are the lock files. ``left_out`` are paths outside the workspace that no file in the workspace
    mentions.
    """

    shipped: dict[Name, PathList[str]]
    tests: dict[Name, PathList[str]]
    reads: dict[Name, PathList[str]]
    core: PathList[str]
    shared_by_all: PathList[tuple[str, int]]
    named: dict[Name, PathList[tuple[str, int]]]
    unmatched: PathList[str]
    ignored: PathList[str]
    harmless: PathList[str]
    lock: list[str]
    left_out: PathList[str]

    @property
    def any(self) -> bool:
        """True if any changed path is not ignored."""
        concerned = (
            self.shipped,
            self.tests,
            self.reads,
            self.core,
            self.shared_by_all,
            self.named,
            self.unmatched,
        )
        # An unreadable plugin may name any path outside the workspace.
        return any(concerned) or bool(self.harmless or self.lock or self.left_out)


def lock_files(folders: Iterable[str], root: str) -> frozenset[str]:
    """Return the possible paths of lock files: in the workspace's folder ``root`` and in all folders above plugins."""
    above = {parent for folder in folders for parent in folders_above(folder) if is_within(parent, root)} | {root}
    return frozenset(f"{folder}/{LOCK}" if folder else LOCK for folder in above)


class ChangeClassifier:
    """A classifier of one workspace's changes.

    ``only_keys`` checks that a TOML file changed only in the keys of a rule.
    """

    def __init__(
        self, workspace: Workspace, base_state: BaseState, only_keys: Callable[[str, SharedRule], bool]
    ) -> None:
        self._workspace = workspace
        self._config = workspace.config
        self._only_keys = only_keys
        self._by_folder = {plugin.path: plugin for plugin in workspace.plugins.values()}
        self._owners = Owners(self._by_folder)
        self._base_state = base_state
        self._base_owners = Owners(base_state.names)
        self._affected: dict[tuple[str, ...], tuple[Name, ...]] = {}
        self._reads, self._own_reads, self._documents = PathIndex(), PathIndex(), PathIndex()
        self._core_reads, self._core_documents = PathIndex(), PathIndex()
        self._locks = lock_files(self._by_folder, self._config.folder)
        core = workspace.core
        if core.metadata is not None and core.name not in workspace.plugins:
            self._core_reads.add_paths(core.node, core.reads)
            self._core_documents.add_paths(core.node, core.metadata.names)
            self._core_documents.add_patterns(core.node, core.metadata.names)
        above = folders_above(f"{self._config.folder}/")
        for plugin in workspace.plugins.values():
            # A link to the workspace's root adds its plugin to every change, but covers no path for the others.
            self._reads.add_paths(plugin.name, plugin.reads - above)
            self._own_reads.add_paths(plugin.name, plugin.reads & above)
            self._reads.add_patterns(plugin.name, plugin.testing.reads.sources if plugin.testing.reads else ())
            self._own_reads.add_patterns(plugin.name, plugin.own_reads.sources)
            self._documents.add_paths(plugin.name, plugin.metadata.names)
            self._documents.add_patterns(plugin.name, plugin.metadata.names)  # PEP 639 allows patterns

    def classify(self, changes: Iterable[Change]) -> ClassifiedChanges:
        """Classify every change, without dropping any."""
        none = PathList[str]
        result = ClassifiedChanges({}, {}, {}, none(), PathList(), {}, none(), none(), none(), [], none())
        for change in changes:
            self._classify_one(change, result)
        return result

    def _classify_one(self, change: Change, result: ClassifiedChanges) -> None:
        path = change.path
        folder = self._owners.of(path)
        owner = None if folder is None else self._by_folder[folder]
        covered = False
        documents = self._documents.find(path)
        losers = {*documents} if documents and self._changes_documents(change, owner) else set()
        # A path can affect several plugins at once: its owner, plugins that read it, and plugins that a rule names.
        # The own settings of plugins may only add plugins, so they do not cover a path for the others.
        covering = {*self._reads.find(path), *losers}
        for name in sorted({*covering, *self._own_reads.find(path)}):
            if owner is None or name != owner.name:
                result.reads.setdefault(name, PathList()).append(path)
                covered = covered or name in covering
        in_core = self._config.core.pin.match(path) or self._core_uses(change)
        if in_core:
            result.core.append(path)
            covered = True
        if self._is_ignored(path, owner) and not (owner and owner.name in losers):
            if not covered:
                result.ignored.append(path)
            return
        if owner is not None:
            self._add_own(change, owner, result)
            self._add_enclosing(path, owner, result)
            covered = True
        elif change.deleted and self._base_owners.of(path) is not None:
            result.harmless.append(path)  # its plugin was removed or moved; dependents are found by name
            covered = True
        # A file of a plugin inside the core's folder belongs to that plugin, so a change to it does not count for the
        # core.
        if self._config.core.path.match(path) and owner is None:
            result.core.extend([] if in_core else [path])
            covered = True
        if not self._add_shared(path, covered, result):
            self._add_uncovered(change, result)

    def _core_uses(self, change: Change) -> bool:
        """Return whether the core's metadata or build reads a path, or mentions a file that the change deletes."""
        found = (
            *self._core_reads.find(change.path),
            *(self._core_documents.find(change.path) if change.deleted else ()),
        )
        if found or self._config.contains(change.path):
            return bool(found)
        from commonhold.workspace.outside import belongs_to_core

        return belongs_to_core(change.path, self._workspace.core, self._config)

    def _changes_documents(self, change: Change, owner: Plugin | None) -> bool:
        """Return whether a change counts for the plugins whose metadata names the path as a readme or licence."""
        # A deletion breaks the build. No rule covers a path outside the workspace, and a path in another plugin's
        # folder changes only that plugin.
        if change.deleted or not self._config.contains(change.path):
            return True
        return owner is not None and not self._is_ignored(change.path, owner)

    def _is_ignored(self, path: str, owner: Plugin | None) -> bool:
        if self._config.ignore.match(path):
            return True
        if owner is None or not owner.tests.spare(path[len(owner.path) + 1 :], self._config.examples):
            return False
        # No setting says that the usual examples are not imported.
        return self._config.examples is not USUAL_EXAMPLES or owner.name not in self._workspace.tests_reached

    def _add_enclosing(self, path: str, owner: Plugin, result: ClassifiedChanges) -> None:
        """Mark the enclosing plugin as changed if a new plugin inside its folder takes over some of its files."""
        folder, _, name = path.rpartition("/")
        if folder == owner.path and name in PROJECT_FILES and folder not in self._base_state.names:
            enclosing = self._owners.of(folder)
            if enclosing is not None:
                result.shipped.setdefault(self._by_folder[enclosing].name, PathList()).append(path)

    def _add_own(self, change: Change, owner: Plugin, result: ClassifiedChanges) -> None:
        is_test = owner.tests.match(change.path[len(owner.path) + 1 :], exists=not change.deleted)
        changed = result.tests if is_test else result.shipped
        (changed.get(owner.name) or changed.setdefault(owner.name, PathList())).append(change.path)

    def _add_uncovered(self, change: Change, result: ClassifiedChanges) -> None:
        path = change.path
        # Of a submodule, git reports only the folder, not the file in it that something may name.
        hidden = SUBMODULE in (change.old_mode, change.new_mode)
        inside = self._config.contains(path) or is_within(self._config.folder, path)
        if inside or (hidden and self._names_part_of(path)):
            result.unmatched.append(path)
        elif not self._own_reads.find(path):
            result.left_out.append(path)

    def _names_part_of(self, path: str) -> bool:
        from commonhold.workspace.outside import OutsidePaths

        return OutsidePaths(self._workspace).name_part_of(path)

    def _add_shared(self, path: str, covered: bool, result: ClassifiedChanges) -> bool:
        """Add the plugins that a rule names; return true if the path is ``covered``, in a rule, or a lock file."""
        # Rules apply to every path, even if a plugin owns it, so a rule can add more plugins.
        index = self._rule_of(path)
        if index is None:
            is_lock = path in self._locks and self._owners.of(path) is None
            if is_lock:
                result.lock.append(path)
            return covered or is_lock
        affects = self._config.shared[index].affects
        if affects == "all":
            result.shared_by_all.append((path, index))
        elif affects == "none":
            if not covered:
                result.harmless.append(path)
        else:
            for name in self._plugins_named(affects):
                result.named.setdefault(name, PathList()).append((path, index))
            if not affects:  # an empty list names no plugin, but the path still matches a rule
                result.harmless.append(path)
        return True

    def _rule_of(self, path: str) -> int | None:
        for index, rule in enumerate(self._config.shared):
            if rule.path.match(path) and (not rule.keys or self._only_keys(path, rule)):
                return index
        return None

    def _plugins_named(self, names: tuple[str, ...]) -> tuple[Name, ...]:
        from commonhold.projects.names import normalize

        if names not in self._affected:
            normalized = {normalize(name) for name in names}
            plugins = self._workspace.plugins.values()
            self._affected[names] = tuple(
                plugin.name for plugin in plugins if plugin.tier.name in names or plugin.name in normalized
            )
        return self._affected[names]
