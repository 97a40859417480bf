"""Read a tree into a workspace with its plugins, core, and dependency graph."""

from __future__ import annotations

from functools import partial

from commonhold._typing import TYPE_CHECKING
from commonhold.projects import project_files, read_metadata
from commonhold.projects.metadata import is_project
from commonhold.projects.names import placeholder_name
from commonhold.workspace.cache import Cache, trace_metadata
from commonhold.workspace.config import decode_plugin_table
from commonhold.workspace.config.locate import ROOT_PROJECT
from commonhold.workspace.config.values import NO_PATTERNS, UNSET
from commonhold.workspace.core import core_files, core_or_plugin, core_project, read_core, with_members
from commonhold.workspace.dependencies import find_dependencies
from commonhold.workspace.edges import find_targets
from commonhold.workspace.files import Files
from commonhold.workspace.loaded_files import assigned_files, searched_folders_above
from commonhold.workspace.model import NO_BASE_STATE, Plugin, Workspace
from commonhold.workspace.plugin_discovery import Owners, find_plugin_folders
from commonhold.workspace.plugin_tests import find_plugin_tests, shipped_paths
from commonhold.workspace.python_files import ProjectRoots, find_python_files
from commonhold.workspace.scan.file_scan import begin_scan
from commonhold.workspace.symlinks import Symlinks
from commonhold.workspace.validation import (
    duplicate_names,
    graph_warnings,
    invalid_plugin_tables,
    unknown_core_extras,
    unknown_names,
    unmatched_patterns,
    unmatched_tiers,
    unreadable_warnings,
    unused_patterns,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from commonhold.projects.metadata import Metadata
    from commonhold.projects.names import Name
    from commonhold.tree import Entry, Tree
    from commonhold.workspace.cache import TracedMetadata
    from commonhold.workspace.config import Config
    from commonhold.workspace.model import BaseState, Core
    from commonhold.workspace.plugin_discovery import PluginFolder
    from commonhold.workspace.python_files import PythonFiles
    from commonhold.workspace.scan.file_scan import Scan


def read_workspace(
    tree: Tree, config: Config, base: BaseState = NO_BASE_STATE, cache: Cache | None = None
) -> Workspace:
    """Read a tree; record contradictions as the workspace's ``problems``, and less serious doubts as its ``warnings``.

    With ``base``, deleted plugins and modules remain nodes of the graph, so that their dependents can be found. Files
    that ``cache`` contains are not read again; other files are added to it.
    """
    cache = cache if cache is not None else Cache()
    files = Files.of(tree)
    entries, shown = files.entries, config.shown_in
    folders, problems = find_plugin_folders(entries, config)
    paths_by_folder = Owners(folder.path for folder in folders).group(entries)
    project_paths = {folder.path: project_files(paths_by_folder[folder.path], folder.path) for folder in folders}
    known = {folder: cache.metadata(folder, paths, entries) for folder, paths in project_paths.items()}
    new = [folder for folder in known if known[folder] is None]
    links = Symlinks(files)
    core = read_core(config.core, entries, partial(_read_core_metadata, files, links, cache), links, config.folder)

    def scan(projects: list[str], roots: ProjectRoots) -> tuple[PythonFiles, Scan]:
        # A folder whose pyproject.toml only configures tools is not a plugin: the enclosing plugin owns its files.
        owned = paths_by_folder if len(projects) == len(folders) else Owners(projects).group(entries)
        sources = find_python_files(owned, links, base, entries, config, roots)
        sources = sources._replace(core=core_files(config, core.folder, entries, owned))
        return sources, begin_scan(sources, files, cache, _names(known, base))

    # The scan runs in a fork while this process reads metadata, so it begins with likely projects and import roots.
    likely = [folder for folder, metadata in known.items() if metadata is None or is_project(metadata)]
    sources, scanning = scan(likely, guessed := _roots(known, cache, base, files))
    files.prefetch(path for folder in new for path in project_paths[folder])
    known |= {folder: cache.store_metadata(folder, _find(files, links, project_paths, folder)) for folder in new}
    projects = [(folder, metadata) for folder in folders if (metadata := known[folder.path]) and is_project(metadata)]
    roots = _roots(known, cache, base, files)
    if len(projects) < len(likely) or roots != guessed:
        sources, scanning = scan([folder.path for folder, _ in projects], roots)
    read = _read_plugins(projects, config, links, sources.owned, core.folder, files, roots)
    plugins = {plugin.name: plugin for plugin in sorted(read, key=lambda plugin: plugin.name)}
    core = core_or_plugin(core, plugins)
    targets = find_targets(every := (*read, *core_project(core, config, plugins)), base)
    warnings = (*unmatched_tiers(folders, config, base, new=False), *_warnings(read, core, config, entries))
    assigned = {plugin.path: assigned_files(plugin, sources.outside, config) for plugin in read}
    scanned = scanning(assigned)
    if not cache.names.issuperset(_names(known, base)):  # the scan has not searched for a name that it could not guess
        sources, scanning = scan([folder.path for folder, _ in projects], roots)
        scanned = scanning(assigned)
    find = partial(find_dependencies, every, core, targets, sources, scanned, config)
    found = find(partial(_through, links, files.get), assigned)
    plugins |= {p.name: p._replace(reads=p.reads | found.reads[p.name]) for p in read if p.name in found.reads}
    return Workspace(
        config=config,
        plugins=plugins,
        core=with_members(core.with_more(found.not_needed, found.reads), plugins, targets, found.graph),
        graph=found.graph,
        gone=_gone(base, plugins),
        tests_reached=found.tests_reached,
        warnings=shown(*warnings, *found.warnings, *graph_warnings(read, found.graph, _gone(base, plugins), entries)),
        notes=shown(*found.notes),
        undeclared=tuple(each._replace(text=shown(each.text)[0]) for each in found.undeclared),
        problems=shown(*problems, *_problems(folders, read, plugins, config, base)),
    )


def _gone(base: BaseState, plugins: Mapping[Name, Plugin]) -> Mapping[Name, str]:
    """Return the names of plugins that exist only at base, with their folders."""
    return {name: folder for folder, name in base.names.items() if name is not None and name not in plugins}


def _problems(
    folders: Sequence[PluginFolder],
    read: Sequence[Plugin],
    plugins: Mapping[Name, Plugin],
    config: Config,
    base: BaseState,
) -> Iterator[str]:
    yield from unmatched_tiers(folders, config, base, new=True)
    yield from duplicate_names(read)
    yield from unknown_names(config, plugins)
    yield from invalid_plugin_tables(read)


def _warnings(read: Sequence[Plugin], core: Core, config: Config, entries: Mapping[str, Entry]) -> tuple[str, ...]:
    unknown = unknown_core_extras(config, core, read)
    return (
        *unreadable_warnings(read),
        *unmatched_patterns(config, read, entries),
        *unknown,
        *unused_patterns(config, entries),
    )


def _names(known: Mapping[str, Metadata | None], base: BaseState) -> frozenset[tuple[str, str]]:
    """Return the folders and names of plugins that texts can mention: ``known`` ones at head, and plugins at base."""
    head = ((folder, metadata.name) for folder, metadata in known.items() if metadata is not None)
    return frozenset((folder, name) for folder, name in (*head, *base.names.items()) if name and "-" in name)


def _roots(known: Mapping[str, Metadata | None], cache: Cache, base: BaseState, files: Files) -> ProjectRoots:
    """Return the import roots of plugins; without ``known`` metadata, return a plugin's latest known import roots."""
    above = searched_folders_above(known, Owners(known), files, cache)
    likely = {folder: metadata or cache.previous(folder) for folder, metadata in known.items()}
    declared = {folder: metadata.roots for folder, metadata in likely.items() if metadata and metadata.roots}
    search = {folder: metadata.search for folder, metadata in likely.items() if metadata and metadata.search}
    # The cache holds for these roots, so roots that are the same at base must not make a difference.
    before = {folder: roots for folder, roots in base.roots.items() if roots != declared.get(folder, ())}
    return ProjectRoots(declared, before, {**search, "": above} if above else search)


def _read_core_metadata(files: Files, links: Symlinks, cache: Cache, folder: str, paths: tuple[str, ...]) -> Metadata:
    known = cache.metadata(folder, paths, files.entries)
    return known if known is not None else cache.store_metadata(folder, _find(files, links, {folder: paths}, folder))


def _find(files: Files, links: Symlinks, project_paths: Mapping[str, tuple[str, ...]], folder: str) -> TracedMetadata:
    def read_plugin(read: Callable[[str], bytes | None]) -> Metadata:
        return read_metadata(folder, partial(_through, links, read), project_paths[folder])

    return trace_metadata(files.entries, files.get, read_plugin, project_paths[folder])


def _through(links: Symlinks, read: Callable[[str], bytes | None], path: str) -> bytes | None:
    """Read a file through symbolic links; also read each link, so that the cache records the link."""
    return [read(hop) for hop in links.follow(path)][-1]


def _read_plugins(
    projects: Sequence[tuple[PluginFolder, Metadata]],
    config: Config,
    links: Symlinks,
    owned: Mapping[str, Sequence[str]],
    core_folder: str | None,
    files: Files,
    roots: ProjectRoots,
) -> list[Plugin]:
    # A requirement on another plugin's or the core's folder is an edge of the graph, so it is not listed in `reads`.
    linked_by_edges = {core_folder, *(folder.path for folder, _ in projects)}
    found = []
    for folder, metadata in projects:
        paths = owned[folder.path]
        reads = links.reached(paths, metadata.reads | (metadata.local - linked_by_edges))
        if config.folder:
            from commonhold.workspace.outside import linked_reads, outside_folders, outside_reads

            searched = outside_folders((*metadata.search, *roots.search.get("", ())), config)
            reads |= outside_reads(reads | searched, config, partial(_through, links, files.get), files.entries)
        plugin = _read_plugin(folder, metadata, config, paths, reads)
        if config.folder:
            plugin = plugin._replace(reads=reads | linked_reads(plugin, config, links))
        if links and reads:
            linked = links.reached(shipped_paths(folder.path, metadata, plugin.tests, paths), ())
            plugin = plugin._replace(tests=plugin.tests.ship_linked(folder.path, linked)) if linked else plugin
        found.append(plugin)
    return found


def _read_plugin(
    folder: PluginFolder, metadata: Metadata, config: Config, paths: Sequence[str], reads: frozenset[str]
) -> Plugin:
    name = metadata.name or placeholder_name(folder.path.rpartition("/")[2])
    tier = folder.tier.testing
    if tier.reads is not None:
        tier = tier._replace(reads=folder.tier.reads_of(name, folder.path.rpartition("/")[2]))
    own = UNSET
    table_errors: tuple[str, ...] = ()
    if metadata.table:
        source = f"{folder.path}/{ROOT_PROJECT}"
        own, table_errors = decode_plugin_table(
            metadata.table, source, name, config.runners_of(folder.tier), config.folder
        )
    root = config.plugins[name].testing if name in config.plugins else UNSET
    # Tests and paths that plugins read decide which plugins a change selects, so the root's and the plugin's settings
    # stay apart.
    testing = root.or_else(own._replace(tests=None, reads=None) if own != UNSET else own).or_else(tier)
    own_tests = own.tests if root.tests is None else None
    return Plugin(
        name=name,
        path=folder.path,
        tier=folder.tier,
        metadata=metadata,
        testing=testing,
        named=metadata.name is not None,
        table_errors=table_errors,
        reads=reads,
        tests=find_plugin_tests(folder.path, metadata, testing.tests, own_tests, paths),
        own_reads=own.reads or NO_PATTERNS,
        files=paths,
    )
