"""Read the few files that a selection needs from base, in one batch."""

from __future__ import annotations

from array import array
from bisect import bisect_left

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError
from commonhold.projects.paths import PROJECT_FILES
from commonhold.selection.classify import LOCK
from commonhold.workspace import is_project, parse_toml, read_metadata
from commonhold.workspace.config import Tier
from commonhold.workspace.config.locate import find_rules, rules_files
from commonhold.workspace.model import BaseState
from commonhold.workspace.patterns import Patterns, in_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.vcs import Change, Comparison
    from commonhold.workspace.config import Config, SharedRule
    from commonhold.workspace.files import Files


class BaseFiles:
    """The changed files that a selection needs, with their contents at base. One git process reads all of these files.

    ``overridden`` is true if ``--config`` replaces the configuration, which is then the same at base and head.
    """

    def __init__(self, comparison: Comparison, config: Config, head: Files, *, overridden: bool = False) -> None:
        self._head = head
        self._config = config
        self._is_known = comparison.changes is not None
        self._rules = rules_files(config.folder)
        self._keyed = [rule for rule in config.shared if rule.keys]
        self._deleted: list[str] = []
        # The hashes of a million paths take a tenth of the memory of the paths.
        self._hashes = array("q")
        candidates = [*self._candidates(comparison.changes or ())]
        self._hashes = array("q", sorted(self._hashes))
        self._has_own_rules = not overridden and any(map(self._has_changed, self._rules))
        self._base = comparison.base_contents(filter(self._is_needed, candidates))
        self._base_tiers = self._read_tiers()

    def _candidates(self, changes: Iterable[Change]) -> Iterator[str]:
        """Yield the changed paths that may be needed at base; record which paths changed or were deleted."""
        names = (*PROJECT_FILES, LOCK, *self._rules)
        for change in changes:
            path = change.path
            self._hashes.append(hash(path))
            if change.deleted:
                self._deleted.append(path)
            if path.endswith(names) or self._has_keys(path):
                yield path

    def _is_needed(self, path: str) -> bool:
        # Only these files are read at base; for all other files, the selection only needs the path.
        return path in self._rules or self._may_be_lock(path) or self._may_be_plugin(path) or self._has_keys(path)

    def _has_keys(self, path: str) -> bool:
        """Return whether a rule depends on the keys in a file."""
        return any(rule.path.match(path) for rule in self._keyed)

    def _has_changed(self, path: str) -> bool:
        """Return whether a path changed; an equal hash of another path makes a file unreadable, which is safe."""
        value = hash(path)
        at = bisect_left(self._hashes, value)
        return at < len(self._hashes) and bool(self._hashes[at] == value)

    def _may_be_lock(self, path: str) -> bool:
        """Return whether a path may be a lock file of several plugins."""
        folder, _, name = path.rpartition("/")
        is_plugin = any(tier.contains(folder) for tier in self._config.tiers.values())
        return name == LOCK and not is_plugin and self._config.contains(path)

    def _may_be_plugin(self, path: str) -> bool:
        """Return whether a path is a plugin's project file, or may have been a plugin's project file at base."""
        folder, _, name = path.rpartition("/")
        return (
            name in PROJECT_FILES
            and bool(folder)
            and (self._has_own_rules or any(tier.contains(folder) for tier in self._config.tiers.values()))
        )

    def _read_tiers(self) -> Mapping[str, Tier] | None:
        """Return the tiers of base's configuration; ``None`` without a base or if the configuration cannot be read."""
        if not self._has_own_rules:
            return self._config.tiers if self._is_known else None
        try:
            return _tiers_in(self._rules_table(self.read), self._config.folder)
        except ConfigurationError:
            return None

    def _rules_table(self, read: Callable[[str], bytes | None]) -> Any:
        return find_rules({path: data for path in self._rules if (data := read(path)) is not None})[1]

    def read(self, path: str) -> bytes | None:
        """Return the content of a file at base; for an unchanged file, this is its content at head."""
        if self._has_changed(path):
            return self._base.get(path)
        return self._head.get(path)

    def base_state(self) -> BaseState:
        """Return the plugin names, files and tiers that existed at base."""
        tiers = (*self._config.tiers.values(), *(self._base_tiers or {}).values())
        changed = {path.rpartition("/")[0] for path in self._base if self._may_be_plugin(path)}
        folders = sorted(folder for folder in changed if any(tier.contains(folder) for tier in tiers))
        projects = {folder: read_metadata(folder, self.read) for folder in folders}
        names = {folder: metadata.name for folder, metadata in projects.items() if is_project(metadata)}
        roots = {folder: projects[folder].roots for folder in names}
        return BaseState(names, tuple(self._deleted), self._base_tiers, roots)

    def both_sides(self, path: str) -> tuple[bytes | None, bytes | None]:
        """Return the contents of a file at base and at head."""
        return self.read(path), self._head.get(path)

    def changed_rules(self, override_path: str | None, *, overridden: bool) -> str | None:
        """Return the path of the configuration file that changed the configuration since base; ``None`` if none did.

        The configuration is ``[tool.commonhold]`` in a file of the workspace. If ``overridden``, another file replaces
        this table; that file is compared only if it is in the repository, at ``override_path``.
        """
        # A file outside the repository has no version at base. It counts as unchanged, because the caller chose it.
        if overridden:
            return override_path if override_path is not None and self._has_changed(override_path) else None
        if not self._has_own_rules:
            return None
        changed = next(filter(self._has_changed, reversed(self._rules)))
        try:
            same = _same(self._rules_table(self.read), self._rules_table(self._head.get))
        except ConfigurationError:  # unreadable at base or head, so it may differ
            return changed
        return None if same else changed

    def has_only_rules(self, path: str) -> bool:
        """Return whether a file contains only the configuration, so that its other changes have no effect."""
        return self._has_own_rules and path == self._rules[-1]

    def only_keys(self, path: str, rule: SharedRule) -> bool:
        """Return whether a TOML file changed only in the keys that a rule lists."""
        try:
            old, new = self._document(path)
        except ConfigurationError:  # unreadable at base or head, so any key may have changed
            return False
        for document in (old, new):
            for key in rule.keys:
                _remove(document, key)
        return _same(old, new)

    def _document(self, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
        old, new = self._base.get(path), self._head.get(path)
        if old is None or new is None:
            raise ConfigurationError(f"{path} does not exist at both base and head")
        return parse_toml(old, path), parse_toml(new, path)


def _tiers_in(table: Any, root: str) -> dict[str, Tier]:
    """Return the folders of each tier in a table, which may be invalid for this version of commonhold."""
    tiers = table.get("tiers") if isinstance(table, dict) else None
    tables = tiers.items() if isinstance(tiers, dict) else ()
    return {
        name: Tier(name, _patterns_in(tier, "path", root), exclude=_patterns_in(tier, "exclude", root))
        for name, tier in tables
        if isinstance(tier, dict)
    }


def _patterns_in(table: dict[str, Any], key: str, root: str) -> Patterns:
    value = table.get(key)
    texts = (text for text in (value if isinstance(value, list) else ()) if isinstance(text, str))
    return Patterns(in_repository(text, root) or "" for text in texts)


def _same(one: Any, other: Any) -> bool:
    """Return whether two TOML values are equal. ``1``, ``1.0`` and ``true`` are equal in Python but differ in TOML."""
    # Some keys select plugins, so Python's equality could miss a change to the rules.
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _remove(document: dict[str, Any], key: tuple[str, ...]) -> None:
    *tables, last = key
    trail: list[tuple[dict[str, Any], str]] = []
    for name in tables:
        inner = document.get(name)
        if not isinstance(inner, dict):
            return
        trail.append((document, name))
        document = inner
    document.pop(last, None)
    # An empty table has the same meaning as a missing one, so adding a key together with its table is not another
    # change.
    for table, name in reversed(trail):
        if not table[name]:
            del table[name]
