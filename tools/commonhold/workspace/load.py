"""Read a tree into a workspace: the plugins, the core, and the dependency graph."""

from __future__ import annotations

from functools import partial

from commonhold._typing import TYPE_CHECKING
from commonhold.projects import project_files, read_metadata
from commonhold.projects.metadata import is_project
from commonhold.projects.names import placeholder_name
from commonhold.workspace.cache import Cache, trace_metadata
from commonhold.workspace.config import decode_plugin_table
from commonhold.workspace.config.locate import ROOT_PROJECT
from commonhold.workspace.core import core_files, core_members, core_or_plugin, read_core
from commonhold.workspace.edges import (
    declared_edges,
    find_targets,
    imported_edges,
    undeclared_imports,
    without_core_edges,
)
from commonhold.workspace.files import Files
from commonhold.workspace.graph import Graph
from commonhold.workspace.model import NO_BASE_STATE, Plugin, Workspace
from commonhold.workspace.plugin_discovery import Owners, find_plugin_folders
from commonhold.workspace.python_files import begin_import_scan, find_python_files
from commonhold.workspace.symlinks import Symlinks
from commonhold.workspace.validation import (
    cycle_warnings,
    duplicate_names,
    invalid_plugin_tables,
    unknown_names,
    unmatched_patterns,
    unreadable_warnings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonhold.projects.metadata import Metadata
    from commonhold.projects.names import Name
    from commonhold.tree import Tree
    from commonhold.workspace.cache import Imports, TracedMetadata
    from commonhold.workspace.config import Config
    from commonhold.workspace.model import BaseState
    from commonhold.workspace.plugin_discovery import PluginFolder
    from commonhold.workspace.python_files import PythonFiles


def read_workspace(
    tree: Tree, config: Config, base: BaseState = NO_BASE_STATE, cache: Cache | None = None
) -> Workspace:
    """Read a whole tree. Contradictions are in the workspace's ``problems``, lesser doubts in its ``warnings``.

    With ``base``, plugins and modules that were deleted are still nodes of the graph, so that their dependents can
    be found. Files whose content is in ``cache`` are not read again; the others are added to it.
    """
    cache = cache if cache is not None else Cache()
    files = Files.of(tree)
    entries = files.entries
    folders, problems = find_plugin_folders(entries, config)
    paths_by_folder = Owners(folder.path for folder in folders).group(entries)
    project_paths = {folder.path: project_files(paths_by_folder[folder.path], folder.path) for folder in folders}
    known = {folder: cache.metadata(folder, paths, entries) for folder, paths in project_paths.items()}
    new = [folder for folder, metadata in known.items() if metadata is None]
    links = Symlinks(files)

    def find_imports(projects: list[str]) -> tuple[PythonFiles, Callable[[], Mapping[str, Imports]]]:
        # A folder whose pyproject.toml only configures tools is not a plugin: its files belong to its parent.
        owned = paths_by_folder if len(projects) == len(folders) else Owners(projects).group(entries)
        sources = find_python_files(owned, links, base)
        return sources, begin_import_scan(sources, files, cache)

    # The import scan runs in a fork while metadata is read here, so it starts before it is known which of the new
    # folders are projects. In the rare case that one is not, it starts again.
    likely = [folder for folder, metadata in known.items() if metadata is None or is_project(metadata)]
    sources, imports = find_imports(likely)
    files.prefetch([*core_files(config.core, entries), *(path for folder in new for path in project_paths[folder])])
    known |= {folder: cache.store_metadata(folder, _find(files, links, project_paths, folder)) for folder in new}
    projects = [(folder, metadata) for folder in folders if (metadata := known[folder.path]) and is_project(metadata)]
    if len(projects) < len(likely):
        sources, imports = find_imports([folder.path for folder, _ in projects])
    core = read_core(config.core, entries, partial(_through, links, files.get))
    # A path to the folder of another plugin or the core is an edge of the graph, not a file that the plugin reads.
    linked_by_edges = {core.folder, *(folder.path for folder, _ in projects)}
    read = []
    for folder, metadata in projects:
        reached = links.reached(sources.owned[folder.path], metadata.reads - linked_by_edges)
        read.append(_read_plugin(folder, metadata, config, reached))
    plugins = {plugin.name: plugin for plugin in sorted(read, key=lambda plugin: plugin.name)}
    core = core_or_plugin(core, plugins)
    gone = _gone(base, plugins)
    targets = find_targets(read, base)
    declared = without_core_edges(core, declared_edges(plugins, targets))
    # imports() waits for the scan: everything above can be done meanwhile.
    found = imported_edges({plugin.path: plugin for plugin in read}, targets, sources, imports(), config.examples)
    imported = without_core_edges(core, found.edges)
    graph = Graph((*declared, *imported))
    warnings = (*unreadable_warnings(read), *unmatched_patterns(config, read, entries))
    return Workspace(
        config=config,
        plugins=plugins,
        core=core._replace(members=core_members(core, plugins, targets, graph)),
        graph=graph,
        gone=gone,
        tests_reached=found.tests_reached,
        warnings=(*warnings, *undeclared_imports(declared, imported), *cycle_warnings(graph)),
        problems=(*problems, *duplicate_names(read), *unknown_names(config, plugins), *invalid_plugin_tables(read)),
    )


def _find(files: Files, links: Symlinks, project_paths: Mapping[str, tuple[str, ...]], folder: str) -> TracedMetadata:
    def read_plugin(read: Callable[[str], bytes | None]) -> Metadata:
        return read_metadata(folder, partial(_through, links, read), project_paths[folder])

    return trace_metadata(files.entries, files.get, read_plugin)


def _through(links: Symlinks, read: Callable[[str], bytes | None], path: str) -> bytes | None:
    """Read a file through symbolic links; each link is read too, so that the cache records it."""
    return [read(hop) for hop in links.follow(path)][-1]


def _gone(base: BaseState, plugins: Mapping[Name, Plugin]) -> Mapping[Name, str]:
    """The names of plugins that exist only at base, with their folders."""
    return {name: folder for folder, name in base.names.items() if name is not None and name not in plugins}


def _read_plugin(folder: PluginFolder, metadata: Metadata, config: Config, reads: frozenset[str]) -> Plugin:
    name = metadata.name or placeholder_name(folder.path.rpartition("/")[2])
    testing = folder.tier.testing
    table_errors: tuple[str, ...] = ()
    if metadata.table:
        own, table_errors = decode_plugin_table(metadata.table, f"{folder.path}/{ROOT_PROJECT}")
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
        table_errors=table_errors,
    )
