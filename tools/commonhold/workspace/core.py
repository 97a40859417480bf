"""Read the core project, which is a distribution on the package index or a project in the tree."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects import read_metadata
from commonhold.projects.metadata import is_project
from commonhold.workspace.model import Core
from commonhold.workspace.patterns import literal_prefix
from commonhold.workspace.plugin_discovery import PROJECT_FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from commonhold.projects.names import Name
    from commonhold.workspace.config import CoreConfig
    from commonhold.workspace.edges import Targets
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.model import Plugin


def read_core(
    config: CoreConfig,
    entries: Container[str],
    read: Callable[[str], bytes | None],
) -> Core:
    """Return the configured core: the project that contains its paths, or a distribution on the package index."""
    for folder in _candidates(config):
        if any(_inside(folder, name) in entries for name in PROJECT_FILES):
            metadata = read_metadata(folder, read)
            # The configured paths may be inside another project, such as the repository's root.
            if metadata.name in (config.distribution or metadata.name, None) and is_project(metadata):
                return Core(metadata.name or config.distribution, metadata, folder)
    return Core(config.distribution)


def core_files(config: CoreConfig, entries: Container[str]) -> Iterator[str]:
    """Yield the existing project files that may contain the core's metadata."""
    paths = (_inside(folder, name) for folder in _candidates(config) for name in PROJECT_FILES)
    return (path for path in paths if path in entries)


def core_or_plugin(core: Core, plugins: Mapping[Name, Plugin]) -> Core:
    """Return the core; if a plugin has the same name, use that plugin's metadata and folder."""
    plugin = plugins.get(core.name) if core.name is not None else None
    return core if plugin is None else Core(plugin.name, plugin.metadata, plugin.path)


def core_members(core: Core, plugins: Mapping[Name, Plugin], targets: Targets, graph: Graph) -> frozenset[Name]:
    """Return the plugins that the core requires at run time, directly or indirectly.

    The core itself is included if it is a plugin. If one of these projects has an unreadable requirement, the result is
    every plugin.
    """
    if core.metadata is None:
        return frozenset()
    members = {name for name in targets.names if name == core.name}
    for dependency in core.metadata.runtime:
        name = targets.find(dependency)
        if name is not None:
            members |= {name, *graph.dependencies(name, extras=dependency.extras)}
    read = [core.metadata, *(plugins[name].metadata for name in members if name in plugins)]
    return targets.names if any(metadata.problems for metadata in read) else frozenset(members)


def _candidates(config: CoreConfig) -> Iterator[str]:
    """Yield the folders that may contain the core's project file, from each path's literal prefix up to the root."""
    for pattern in config.path.sources:
        folder = literal_prefix(pattern)
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]
    if config.path:
        yield ""


def _inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
