"""Reading a tree as a workspace: from files to plugins, their needs, and who can see whom."""

from __future__ import annotations

from functools import partial

from commonhold._typing import TYPE_CHECKING
from commonhold.projects import project_files, read_metadata
from commonhold.projects.metadata import is_project
from commonhold.projects.names import placeholder_name
from commonhold.workspace.base_state import NO_PAST
from commonhold.workspace.cache import Cache, find_metadata
from commonhold.workspace.config import decode_plugin_table
from commonhold.workspace.config.locate import ROOT_PROJECT
from commonhold.workspace.core import core_among, core_files, core_members, read_core
from commonhold.workspace.edges import (
    besides_core,
    declared_edges,
    find_targets,
    imported_edges,
    undeclared,
)
from commonhold.workspace.files import Files
from commonhold.workspace.graph import Graph
from commonhold.workspace.model import Plugin, Workspace
from commonhold.workspace.plugin_discovery import Owners, find_folders
from commonhold.workspace.python_files import begin_imports, find_sources
from commonhold.workspace.symlinks import Links
from commonhold.workspace.validation import (
    cycle_warnings,
    doubts,
    duplicates,
    idle_patterns,
    mistakes,
    strangers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonhold.projects.metadata import Metadata
    from commonhold.projects.names import Name
    from commonhold.tree import Tree
    from commonhold.workspace.base_state import Past
    from commonhold.workspace.cache import Found, Imports
    from commonhold.workspace.config import Config
    from commonhold.workspace.plugin_discovery import Folder
    from commonhold.workspace.python_files import PythonFiles


def read_workspace(tree: Tree, config: Config, past: Past = NO_PAST, memory: Cache | None = None) -> Workspace:
    """Read a whole tree; contradictions are in the workspace's ``problems``, doubts in its ``warnings``.

    With a ``past``, plugins and modules that are gone are still nodes of the graph, so that one can ask who
    needs them. A ``memory`` spares reading what was read before, and learns the rest.
    """
    memory = memory if memory is not None else Cache()
    files = Files.of(tree)
    entries = files.entries
    folders, problems = find_folders(entries, config)
    below = Owners(folder.path for folder in folders).group(entries)
    described = {folder.path: project_files(below[folder.path], folder.path) for folder in folders}
    known = {folder: memory.metadata(folder, paths, entries) for folder, paths in described.items()}
    new = [folder for folder, metadata in known.items() if metadata is None]
    links = Links(files)

    def look(projects: list[str]) -> tuple[PythonFiles, Callable[[], Mapping[str, Imports]]]:
        # What lies in a folder that only configures tools is its parent's.
        owned = below if len(projects) == len(folders) else Owners(projects).group(entries)
        sources = find_sources(owned, links, past)
        return sources, begin_imports(sources, files, memory)

    likely = [folder for folder, metadata in known.items() if metadata is None or is_project(metadata)]
    sources, imports = look(likely)
    files.ahead([*core_files(config.core, entries), *(path for folder in new for path in described[folder])])
    known |= {folder: memory.learn_metadata(folder, _find(files, links, described, folder)) for folder in new}
    projects = [(folder, metadata) for folder in folders if (metadata := known[folder.path]) and is_project(metadata)]
    if len(projects) < len(likely):
        sources, imports = look([folder.path for folder, _ in projects])
    core = read_core(config.core, entries, partial(_through, links, files.get))
    edges_anyway = {core.folder, *(folder.path for folder, _ in projects)}
    read = [
        _read_plugin(folder, metadata, config, links.reached(sources.owned[folder.path], metadata.reads - edges_anyway))
        for folder, metadata in projects
    ]
    plugins = {plugin.name: plugin for plugin in sorted(read, key=lambda plugin: plugin.name)}
    core = core_among(core, plugins)
    gone = _gone(past, plugins)
    target = find_targets(read, past)
    declared = besides_core(core, declared_edges(plugins, target))
    owners = {plugin.path: plugin for plugin in read}
    found = imported_edges(owners, target, sources, imports(), config.examples)
    imported = besides_core(core, found.edges)
    graph = Graph((*declared, *imported))
    return Workspace(
        config=config,
        plugins=plugins,
        core=core._replace(members=core_members(core, plugins, target, graph)),
        graph=graph,
        gone=gone,
        tests_reached=found.tests_reached,
        warnings=(
            *doubts(read),
            *idle_patterns(config, read, entries),
            *undeclared(declared, imported),
            *cycle_warnings(graph),
        ),
        problems=(*problems, *duplicates(read), *strangers(config, plugins), *mistakes(read)),
    )


def _find(files: Files, links: Links, described: Mapping[str, tuple[str, ...]], folder: str) -> Found:
    def look(read: Callable[[str], bytes | None]) -> Metadata:
        return read_metadata(folder, partial(_through, links, read), described[folder])

    return find_metadata(files.entries, files.get, look)


def _through(links: Links, read: Callable[[str], bytes | None], path: str) -> bytes | None:
    """Read a file as the kernel would, through symbolic links; each link is read too, so that it is noted."""
    return [read(hop) for hop in links.follow(path)][-1]


def _gone(past: Past, plugins: Mapping[Name, Plugin]) -> Mapping[Name, str]:
    """The names that base had and head has not, with the folders they had."""
    return {name: folder for folder, name in past.names.items() if name is not None and name not in plugins}


def _read_plugin(folder: Folder, metadata: Metadata, config: Config, reads: frozenset[str]) -> Plugin:
    name = metadata.name or placeholder_name(folder.path.rpartition("/")[2])
    testing = folder.tier.testing
    mistakes: tuple[str, ...] = ()
    if metadata.table:
        own, mistakes = decode_plugin_table(metadata.table, f"{folder.path}/{ROOT_PROJECT}")
        testing = own.or_else(testing)
    if name in config.plugins:
        testing = config.plugins[name].testing.or_else(testing)
    return Plugin(
        name=name,
        path=folder.path,
        tier=folder.tier,
        metadata=metadata,
        testing=testing,
        reads=reads,
        named=metadata.name is not None,
        mistakes=mistakes,
    )
