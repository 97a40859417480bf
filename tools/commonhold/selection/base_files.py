"""What a selection needs of base: a few files that changed, read together."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import ConfigurationError
from commonhold.selection.classify import LOCK
from commonhold.workspace import ROOT_PROJECT, commonhold_table, is_project, parse_toml, read_metadata
from commonhold.workspace.model import BaseState
from commonhold.workspace.plugin_discovery import PROJECT_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.vcs import Comparison
    from commonhold.workspace.config import Config, SharedRule
    from commonhold.workspace.files import Files


class BaseFiles:
    """The changed files that matter, as they were at base. All are read in one question to git."""

    def __init__(self, comparison: Comparison, config: Config, now: Files) -> None:
        self._changes = {change.path: change for change in comparison.changes or ()}
        self._now = now
        self._old = comparison.before(self._wanted(config))

    def _wanted(self, config: Config) -> Iterator[str]:
        keyed = [rule for rule in config.shared if rule.keys]
        for path in self._changes:
            if (
                path in (LOCK, ROOT_PROJECT)
                or self._tier_folder(path, config) is not None
                or any(rule.path.match(path) for rule in keyed)
            ):
                yield path

    def _tier_folder(self, path: str, config: Config) -> str | None:
        folder, _, name = path.rpartition("/")
        if name in PROJECT_FILES and any(tier.path.match_folder(folder) for tier in config.tiers.values()):
            return folder
        return None

    def read(self, path: str) -> bytes | None:
        """A file as it was at base: the old content if it changed, else what it still is."""
        if path in self._changes:
            return self._old.get(path)
        return self._now.get(path)

    def past(self, config: Config) -> BaseState:
        """The names and files that base had."""
        folders = {folder for path in self._old if (folder := self._tier_folder(path, config)) is not None}
        projects = {folder: read_metadata(folder, self.read) for folder in sorted(folders)}
        names = {folder: metadata.name for folder, metadata in projects.items() if is_project(metadata)}
        return BaseState(names, tuple(path for path, change in self._changes.items() if change.deleted))

    def both(self, path: str) -> tuple[bytes | None, bytes | None]:
        """A file at base and at head."""
        return self.read(path), self._now.get(path)

    def rules_changed(self, elsewhere: str | None, *, overridden: bool) -> bool:
        """Whether the configuration says something else than at base.

        It is ``[tool.commonhold]`` of the root's ``pyproject.toml``; when ``overridden``, another file,
        which is compared only if it lies in the repository, at ``elsewhere``.
        """
        if overridden:
            return elsewhere in self._changes
        if ROOT_PROJECT not in self._changes:
            return False
        try:
            old, new = self._document(ROOT_PROJECT)
        except ConfigurationError:
            return True
        return not _same(commonhold_table(old), commonhold_table(new))

    def only_keys(self, path: str, rule: SharedRule) -> bool:
        """Whether a TOML file changed in nothing but the keys of a rule."""
        try:
            old, new = self._document(path)
        except ConfigurationError:
            return False
        for document in (old, new):
            for key in rule.keys:
                _remove(document, key)
        return _same(old, new)

    def _document(self, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
        old, new = self._old.get(path), self._now.get(path)
        if old is None or new is None:
            raise ConfigurationError(f"{path} does not exist on both sides")
        return parse_toml(old, path), parse_toml(new, path)


def _same(one: Any, other: Any) -> bool:
    """Equal as TOML: ``1``, ``1.0`` and ``true`` are three values there, and one in Python."""
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
    for table, name in reversed(trail):  # a table that is empty now says no more than one that is not there
        if not table[name]:
            del table[name]
