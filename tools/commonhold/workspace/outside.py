"""Find the paths outside a workspace in a subfolder that projects or rules of the workspace name.

Only these outside paths can affect the plugins; a change to any other outside path is left out.
"""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects import read_metadata
from commonhold.projects.metadata import is_project
from commonhold.projects.paths import PROJECT_FILES, is_within
from commonhold.workspace.path_index import PathIndex
from commonhold.workspace.patterns import is_literal, literal_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from commonhold.projects.metadata import Metadata
    from commonhold.workspace.config import Config
    from commonhold.workspace.model import Core, Plugin, Workspace
    from commonhold.workspace.patterns import Patterns
    from commonhold.workspace.symlinks import Symlinks


class OutsidePaths:
    """The paths outside a workspace that its plugins, its core and its rules name."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._index = PathIndex()
        self._places: set[str] = set()
        config, core = workspace.config, workspace.core
        for plugin in workspace.plugins.values():
            self._add(plugin.reads, plugin.metadata, plugin.testing.reads, plugin.own_reads)
        self._add(core.reads, core.metadata, config.core.path, config.core.pin)
        for rule in config.shared:
            self._add((), None, rule.path)

    def _add(self, paths: Iterable[str], metadata: Metadata | None, *patterns: Patterns | None) -> None:
        sources = [source for each in patterns if each is not None for source in each.sources]
        sources += metadata.names if metadata is not None else ()
        self._index.add_paths(self._workspace.core.node, paths)
        self._index.add_patterns(self._workspace.core.node, sources)
        self._places.update(paths, map(literal_prefix, sources), filter(is_literal, sources))

    def name(self, path: str) -> bool:
        """Return whether the workspace names a path, or a folder that contains the path."""
        return bool(self._index.find(path)) or self._is_of_core(path)

    def name_part_of(self, path: str) -> bool:
        """Return whether the workspace names a path in a folder whose files git does not list, such as a submodule."""
        return any(is_within(place, path) for place in self._places)

    def _is_of_core(self, path: str) -> bool:
        return belongs_to_core(path, self._workspace.core, self._workspace.config)


def belongs_to_core(path: str, core: Core, config: Config) -> bool:
    """Return whether a path outside the workspace is part of the core's project, even if no pattern matches it.

    If the project's folder contains the workspace, only the project files belong to it.
    """
    if core.folder is None or config.contains(path):
        return False
    if not config.contains(f"{core.folder}/") and is_within(config.folder, core.folder):
        folder, _, name = path.rpartition("/")
        return folder == core.folder and name in PROJECT_FILES
    return is_within(path, core.folder)


def outside_folders(folders: Iterable[str], config: Config) -> frozenset[str]:
    """Return the folders that neither contain the workspace nor are inside the workspace."""
    return frozenset(
        folder for folder in folders if not (is_within(folder, config.folder) or is_within(config.folder, folder))
    )


def linked_reads(plugin: Plugin, config: Config, links: Symlinks) -> frozenset[str]:
    """Return the targets of links that a plugin's patterns outside the workspace name or pass through."""
    patterns = (each for each in (plugin.testing.reads, plugin.own_reads) if each is not None)
    named = outside_folders((literal_prefix(source) for each in patterns for source in each.sources), config)
    return links.reached((), named) - named


def outside_reads(
    named: Iterable[str], config: Config, read: Callable[[str], bytes | None], entries: Collection[str]
) -> frozenset[str]:
    """Return the ``named`` paths outside the workspace, and the paths that the projects among them read.

    A plugin that requires such a project also depends on the projects that this project requires by path.
    """
    found: set[str] = set()
    todo = [path for path in named if not config.contains(path)]
    while todo:
        folder = todo.pop()
        if folder not in found:
            found.add(folder)
            todo += (path for path in _read_by(folder, read, entries) if not config.contains(path))
    return frozenset(found)


def _read_by(folder: str, read: Callable[[str], bytes | None], entries: Collection[str]) -> Iterator[str]:
    files = [path for name in PROJECT_FILES if (path := f"{folder}/{name}" if folder else name) in entries]
    metadata = read_metadata(folder, read, tuple(files)) if files else None
    if metadata is not None and is_project(metadata):
        yield from (*metadata.reads, *metadata.local)
