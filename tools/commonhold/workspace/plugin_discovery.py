"""Which folders are plugins, and which plugin a path belongs to."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.workspace.config import Config, Tier

PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
"""The files one of which makes a folder a project (PEP 518, setuptools)."""


class Folder(NamedTuple):
    """A folder that a tier claims, and that holds a project file."""

    path: str
    tier: Tier


def find_folders(paths: Iterable[str], config: Config) -> tuple[tuple[Folder, ...], tuple[str, ...]]:
    """The plugins' folders, sorted, and what is wrong with the claims on them.

    A tier pattern that matches no plugin, and a folder that two tiers claim, are problems: the message
    names both sides.
    """
    folders: list[Folder] = []
    problems: list[str] = []
    for path in sorted(project_folders(paths)):
        tiers = [tier for tier in config.tiers.values() if tier.path.match_folder(path)]
        if len(tiers) > 1:
            names = " and ".join(f"{tier.name} (path = {list(tier.path.sources)})" for tier in tiers)
            problems.append(f"{path} is claimed by two tiers: {names}")
        if tiers:
            folders.append(Folder(path, tiers[0]))
    problems += _idle_patterns(folders, config)
    return tuple(folders), tuple(problems)


def project_folders(paths: Iterable[str]) -> set[str]:
    """The folders below the root that hold a project file."""
    ends = tuple(f"/{name}" for name in PROJECT_FILES)
    return {path.rpartition("/")[0] for path in paths if path.endswith(ends)}


def _idle_patterns(folders: list[Folder], config: Config) -> Iterator[str]:
    from commonhold.workspace.patterns import Patterns

    for tier in config.tiers.values():
        mine = [folder.path for folder in folders if tier.path.match_folder(folder.path)]
        for source in tier.path.sources:
            if not mine or (len(tier.path.sources) > 1 and not any(map(Patterns([source]).match_folder, mine))):
                yield f"tool.commonhold.tiers.{tier.name}.path: {source!r} matches no folder with a project file"


class Owners:
    """The deepest folder that contains a path owns it."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = frozenset(folders)

    def of(self, path: str) -> str | None:
        """The owning folder, or ``None``.

        >>> Owners(["plugins", "plugins/spark"]).of("plugins/spark/setup.py")
        'plugins/spark'
        """
        while path:
            path = path.rpartition("/")[0]
            if path in self._folders:
                return path
        return None

    def group(self, paths: Iterable[str]) -> Mapping[str, list[str]]:
        """The paths that somebody owns, by owner."""
        by_folder: dict[str, str | None] = {}
        groups: dict[str, list[str]] = {}
        for path in paths:
            folder = path.rpartition("/")[0]
            if folder not in by_folder:
                by_folder[folder] = self.of(path)
            owner = by_folder[folder]
            if owner is not None:
                groups.setdefault(owner, []).append(path)
        return groups
