"""The core as a tree knows it: outside, named by its distribution, or inside, with metadata of its own."""

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
    from commonhold.workspace.edges import Target
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.model import Plugin


def read_core(
    config: CoreConfig,
    entries: Container[str],
    read: Callable[[str], bytes | None],
) -> Core:
    """The core that ``config`` describes: a project around its paths, or one outside the tree."""
    for folder in _candidates(config):
        if any(_inside(folder, name) in entries for name in PROJECT_FILES):
            metadata = read_metadata(folder, read)
            if metadata.name in (config.distribution or metadata.name, None) and is_project(metadata):
                return Core(metadata.name or config.distribution, metadata, folder)
    return Core(config.distribution)


def core_files(config: CoreConfig, entries: Container[str]) -> Iterator[str]:
    """The project files that the core's metadata may be read from."""
    paths = (_inside(folder, name) for folder in _candidates(config) for name in PROJECT_FILES)
    return (path for path in paths if path in entries)


def core_among(core: Core, plugins: Mapping[Name, Plugin]) -> Core:
    """The same core, or the plugin that has its name."""
    plugin = plugins.get(core.name) if core.name is not None else None
    return core if plugin is None else Core(plugin.name, plugin.metadata, plugin.path)


def core_members(core: Core, plugins: Mapping[Name, Plugin], target: Target, graph: Graph) -> frozenset[Name]:
    """Which plugins the core itself needs at run time, with what those need; the core too, where it is a plugin.

    Where that cannot be read, any plugin may be one.
    """
    if core.metadata is None:
        return frozenset()
    members = {name for name in target.names if name == core.name}
    for need in core.metadata.runtime:
        name = target.of(need)
        if name is not None:
            members |= {name, *graph.needs(name, extras=need.extras)}
    read = [core.metadata, *(plugins[name].metadata for name in members if name in plugins)]
    return target.names if any(metadata.problems for metadata in read) else frozenset(members)


def _candidates(config: CoreConfig) -> Iterator[str]:
    """The folders in which the core's project file may lie: where its paths begin, and above."""
    for pattern in config.path.sources:
        folder = literal_prefix(pattern)
        while folder:
            yield folder
            folder = folder.rpartition("/")[0]
    if config.path:
        yield ""


def _inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
