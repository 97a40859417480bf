"""Find the plugins that name a path or a folder that contains it, without trying every plugin."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.workspace.patterns import Patterns, is_literal, literal_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.projects.names import Name


class PathIndex:
    """Plugins by the paths that they name. A lookup takes time in proportion to the depth of the path.

    A plain path stands for a file or for a folder with its contents. A pattern is tried only for paths below its
    literal prefix.
    """

    def __init__(self) -> None:
        self._paths: dict[str, list[Name]] = {}
        self._patterns: dict[str, dict[str, tuple[Patterns, list[Name]]]] = {}
        # A folder contains many files, so this saves lookups.
        self._above: dict[str, tuple[tuple[Name, ...], tuple[tuple[Patterns, list[Name]], ...]]] = {}

    def add_paths(self, plugin: Name, paths: Iterable[str]) -> None:
        """Add plain paths, in which wildcards have no meaning."""
        for path in paths:
            self._paths.setdefault(path, []).append(plugin)

    def add_patterns(self, plugin: Name, sources: Iterable[str]) -> None:
        """Add patterns."""
        for source in sources:
            if is_literal(source):
                self._paths.setdefault(source.rstrip("/"), []).append(plugin)
            else:
                same = self._patterns.setdefault(literal_prefix(source), {})
                same.setdefault(source, (Patterns([source]), []))[1].append(plugin)

    def find(self, path: str) -> Iterable[Name]:
        """Return the plugins that name ``path`` or a folder that contains it; a plugin may occur several times."""
        folder = path.rpartition("/")[0]
        above = self._above.get(folder)
        if above is None:
            above = self._above[folder] = self._naming(folder)
        names, patterns = above
        own = self._paths.get(path)
        if own is None and not patterns:
            return names
        return [*(own or ()), *names, *(name for pattern, each in patterns if pattern.match(path) for name in each)]

    def _naming(self, folder: str) -> tuple[tuple[Name, ...], tuple[tuple[Patterns, list[Name]], ...]]:
        """Return the plugins that name a folder or its parents, and the patterns that may match files in the folder."""
        folders = [folder]
        while folders[-1]:
            folders.append(folders[-1].rpartition("/")[0])
        names = (name for place in folders for name in self._paths.get(place, ()))
        patterns = (each for place in folders for each in self._patterns.get(place, {}).values())
        return tuple(names), tuple(patterns)
