"""Sorting changed paths by whom they concern, before anybody asks who depends on whom."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.patterns import Patterns, is_literal
from commonhold.workspace.plugin_discovery import PROJECT_FILES, Owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.projects.names import Name
    from commonhold.vcs import Change
    from commonhold.workspace.config import SharedRule
    from commonhold.workspace.model import BaseState, Plugin, Workspace

LOCK = "uv.lock"


class ClassifiedChanges(NamedTuple):
    """Whom the changed paths concern at first hand.

    ``shipped`` and ``tests`` are the changed files of each plugin; ``reads`` the changed paths outside it
    that it reads. ``core`` are paths of the core or its pin. ``everybody`` and ``named`` are shared paths
    with the rule that says so. ``unmatched`` are paths that nothing covers, ``harmless`` those that a rule
    says concern nobody, ``lock`` the lock file.
    """

    shipped: dict[Name, list[str]]
    tests: dict[Name, list[str]]
    reads: dict[Name, list[str]]
    core: list[str]
    everybody: list[tuple[str, int]]
    named: dict[Name, list[tuple[str, int]]]
    unmatched: list[str]
    ignored: list[str]
    harmless: list[str]
    lock: list[str]

    @property
    def any(self) -> bool:
        """Whether any changed path was more than ignored."""
        concerned = (
            self.shipped,
            self.tests,
            self.reads,
            self.core,
            self.everybody,
            self.named,
            self.unmatched,
        )
        return any(concerned) or bool(self.harmless or self.lock)


class ChangeClassifier:
    """Sorts changes for one workspace. ``only_keys`` tells whether a TOML file changed in a rule's keys alone."""

    def __init__(self, workspace: Workspace, past: BaseState, only_keys: Callable[[str, SharedRule], bool]) -> None:
        self._workspace = workspace
        self._config = workspace.config
        self._only_keys = only_keys
        self._by_folder = {plugin.path: plugin for plugin in workspace.plugins.values()}
        self._owners = Owners(self._by_folder)
        self._past = past
        self._gone = Owners(past.names)
        self._readers = [p for p in workspace.plugins.values() if p.reads or p.testing.reads or p.metadata.names]

    def sort(self, changes: Iterable[Change]) -> ClassifiedChanges:
        """Put every change where it belongs; each ends up somewhere."""
        impact = ClassifiedChanges({}, {}, {}, [], [], {}, [], [], [], [])
        for change in changes:
            self._sort_one(change, impact)
        return impact

    def _sort_one(self, change: Change, impact: ClassifiedChanges) -> None:
        path = change.path
        folder = self._owners.of(path)
        owner = None if folder is None else self._by_folder[folder]
        covered = False
        for plugin in self._readers:
            if plugin is not owner and (_reads(plugin, path) or _loses(plugin, change)):
                impact.reads.setdefault(plugin.name, []).append(path)
                covered = True
        if self._config.core.pin.match(path):
            impact.core.append(path)
            covered = True
        if self._is_ignored(path, owner) and not (owner and _loses(owner, change)):
            if not covered:
                impact.ignored.append(path)
            return
        if owner is not None:
            self._sort_own(path, owner, impact)
            self._sort_around(path, owner, impact)
            covered = True
        elif change.deleted and self._gone.of(path) is not None:
            impact.harmless.append(path)  # of a plugin that is gone or moved; who needs it is asked by name
            covered = True
        if self._config.core.path.match(path) and owner is None:
            impact.core.append(path)
            covered = True
        self._sort_shared(path, covered, impact)

    def _is_ignored(self, path: str, owner: Plugin | None) -> bool:
        if self._config.ignore.match(path):
            return True
        return owner is not None and self._config.examples.match(path[len(owner.path) + 1 :])

    def _sort_around(self, path: str, owner: Plugin, impact: ClassifiedChanges) -> None:
        """A new plugin takes its files from the one around it, which has changed by that."""
        folder, _, name = path.rpartition("/")
        if folder == owner.path and name in PROJECT_FILES and folder not in self._past.names:
            around = self._owners.of(folder)
            if around is not None:
                impact.shipped.setdefault(self._by_folder[around].name, []).append(path)

    def _sort_own(self, path: str, owner: Plugin, impact: ClassifiedChanges) -> None:
        inner = path[len(owner.path) + 1 :]
        is_test = owner.testing.tests is not None and owner.testing.tests.match(inner)
        (impact.tests if is_test else impact.shipped).setdefault(owner.name, []).append(path)

    def _sort_shared(self, path: str, covered: bool, impact: ClassifiedChanges) -> None:
        index = self._rule_of(path)
        if index is None:
            if path == LOCK:
                impact.lock.append(path)
            elif not covered:
                impact.unmatched.append(path)
            return
        affects = self._config.shared[index].affects
        if affects == "all":
            impact.everybody.append((path, index))
        elif affects == "none":
            if not covered:
                impact.harmless.append(path)
        else:
            for name in self._plugins_of(affects):
                impact.named.setdefault(name, []).append((path, index))
            if not affects:
                impact.harmless.append(path)

    def _rule_of(self, path: str) -> int | None:
        for index, rule in enumerate(self._config.shared):
            if rule.path.match(path) and (not rule.keys or self._only_keys(path, rule)):
                return index
        return None

    def _plugins_of(self, names: tuple[str, ...]) -> Iterator[Name]:
        from commonhold.projects.names import normalize

        for plugin in self._workspace.plugins.values():
            if plugin.tier.name in names or plugin.name in {normalize(name) for name in names}:
                yield plugin.name


def _reads(plugin: Plugin, path: str) -> bool:
    return _is_among(path, plugin.reads) or bool(plugin.testing.reads and plugin.testing.reads.match(path))


def _loses(plugin: Plugin, change: Change) -> bool:
    """Whether a readme or licence is gone that metadata names, without which the plugin cannot be built."""
    if not change.deleted:
        return False
    names = plugin.metadata.names
    wild = (name for name in names if not is_literal(name))  # PEP 639: globs
    return _is_among(change.path, names) or any(Patterns([name]).match(change.path) for name in wild)


def _is_among(path: str, places: frozenset[str]) -> bool:
    """Whether a path is one of the places, or lies in one that is a folder."""
    while path and path not in places:
        path = path.rpartition("/")[0]
    return path in places
