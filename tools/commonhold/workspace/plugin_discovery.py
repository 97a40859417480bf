"""Find the folders of plugins, and the plugin that owns a path."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.paths import project_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.workspace.config import Config, Tier


class PluginFolder(NamedTuple):
    """A folder that contains a project file and matches a tier's pattern."""

    path: str
    tier: Tier


class UnmatchedPattern(NamedTuple):
    """A tier's pattern that matches no folder with a project file."""

    tier: str
    pattern: str

    def __str__(self) -> str:
        return f"tool.commonhold.tiers.{self.tier}.path: {self.pattern!r} matches no folder with a project file"


def find_plugin_folders(paths: Iterable[str], config: Config) -> tuple[tuple[PluginFolder, ...], tuple[str, ...]]:
    """Return the sorted folders of plugins, and problems for folders that match two tiers."""
    folders: list[PluginFolder] = []
    problems: list[str] = []
    for path in sorted(project_folders(paths)):
        tiers = [tier for tier in config.tiers.values() if tier.contains(path)]
        if path in config.moved:
            tiers = [config.tiers[config.moved[path]]]
        if len(tiers) > 1:
            written = {tier.name: [*map(config.as_written, tier.path.sources)] for tier in tiers}
            names = " and ".join(f"{name} (path = {patterns})" for name, patterns in written.items())
            problems.append(f"{path} matches two tiers: {names}")
        if tiers:
            folders.append(PluginFolder(path, tiers[0]))
    return tuple(folders), tuple(problems)


def unmatched_tier_patterns(folders: Iterable[PluginFolder], config: Config) -> Iterator[UnmatchedPattern]:
    """Yield the tiers' patterns that match no plugin."""
    from commonhold.workspace.patterns import Patterns

    paths = [folder.path for folder in folders]
    for tier in config.tiers.values():
        mine = [path for path in paths if tier.contains(path)]
        for source in tier.path.sources:
            if not mine or (len(tier.path.sources) > 1 and not any(map(Patterns([source]).match_folder, mine))):
                yield UnmatchedPattern(tier.name, source)


class Owners:
    """A map from a path to its owner, which is the deepest given folder that contains the path."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = frozenset(folders)

    def of(self, path: str) -> str | None:
        """Return the folder that owns ``path``, or ``None``.

        >>> Owners(["plugins", "plugins/spark"]).of("plugins/spark/setup.py")
        'plugins/spark'
        """
        while path:
            path = path.rpartition("/")[0]
            if path in self._folders:
                return path
        return None

    def group(self, paths: Iterable[str]) -> Mapping[str, list[str]]:
        """Group paths by owner, leaving out paths without an owner."""
        by_folder: dict[str, str | None] = {}  # a folder contains many files, so this saves lookups
        groups: dict[str, list[str]] = {}
        for path in paths:
            folder = path.rpartition("/")[0]
            if folder not in by_folder:
                by_folder[folder] = self.of(path)
            owner = by_folder[folder]
            if owner is not None:
                groups.setdefault(owner, []).append(path)
        return groups
