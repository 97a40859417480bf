"""Read the core project, which is a distribution on the package index or a project in the tree."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects import project_files
from commonhold.projects.metadata import Metadata, is_project
from commonhold.projects.paths import PROJECT_FILES, is_within
from commonhold.workspace.config import Tier
from commonhold.workspace.model import Core, Plugin
from commonhold.workspace.patterns import Patterns, literal_prefix
from commonhold.workspace.plugin_discovery import Owners
from commonhold.workspace.plugin_tests import PluginTests
from commonhold.workspace.python_files import files_of, is_text_source, mentions_count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from commonhold.projects.names import Name
    from commonhold.workspace.config import Config, CoreConfig
    from commonhold.workspace.edges import Targets
    from commonhold.workspace.graph import Graph
    from commonhold.workspace.modules import PythonFile
    from commonhold.workspace.symlinks import Symlinks


def read_core(
    config: CoreConfig,
    entries: Collection[str],
    read: Callable[[str, tuple[str, ...]], Metadata],
    links: Symlinks,
    workspace: str = "",
) -> Core:
    """Return the configured core: the project that contains its paths, or a distribution on the package index.

    ``read`` reads the metadata of a folder from the given project files, and ``links`` are the tree's symbolic links. A
    project above the ``workspace`` is not the project of paths inside the workspace.
    """
    for folder in core_folders(config, entries, workspace):
        metadata = read(folder, _files_near(folder, entries))
        # The configured paths may be inside another project, such as the repository's root.
        if metadata.name in (config.distribution or metadata.name, None) and is_project(metadata):
            outside = frozenset(path for path in metadata.reads if not config.path.match(path))
            return Core(metadata.name or config.distribution, metadata, folder, reads=links.reached((), outside))
    return Core(config.distribution)


def core_folders(config: CoreConfig, entries: Collection[str], workspace: str = "") -> Iterator[str]:
    """Yield the folders of projects that contain one of the core's paths, the closest folder first."""
    for folder in _candidates(config, workspace):
        if any(_inside(folder, name) in entries for name in PROJECT_FILES):
            yield folder


def _files_near(folder: str, entries: Iterable[str]) -> tuple[str, ...]:
    start = f"{folder}/" if folder else ""
    suffixes = (".toml", ".cfg", ".py", ".ini", ".txt", ".in")
    near = [path for path in entries if path.endswith(suffixes) and path.startswith(start)]
    # Folders of requirements files belong to plugins and tools, because the core is often the project at the root.
    return project_files([path for path in near if "/" not in path[len(start) :]], folder)


def core_files(
    config: Config, folder: str | None, entries: Iterable[str], owned: Mapping[str, object]
) -> tuple[PythonFile, ...]:
    """Return the core's shipped files and test files that may import or mention plugins.

    A file in a plugin's folder does not belong to the core. ``folder`` contains the core's project file; without one,
    the core's tests are unknown. ``owned`` contains the plugins' folders.
    """
    if not config.core.path or folder in owned:
        return ()
    start = f"{folder}/" if folder else ""
    shipped, tests = config.core.path, Patterns(()) if folder is None else config.tests
    prefixes = tuple(map(literal_prefix, shipped.sources))
    prefixes += tuple(start + literal_prefix(pattern) for pattern in tests.sources)
    # Most files have another suffix or are elsewhere, and both checks are fast.
    near = [
        path
        for path in entries
        if path.startswith(prefixes) and (path.endswith((".py", ".pyi")) or is_text_source(path))
    ]
    # Sorted, so that a warning about several imports names the same file in every tree.
    found = sorted(
        path for path in near if shipped.match(path) or (path.startswith(start) and tests.match(path[len(start) :]))
    )
    owners = Owners(owned)
    own = files_of(folder or "", (path for path in found if owners.of(path) is None))
    return tuple(source for source in own if source.path.endswith((".py", ".pyi")) or mentions_count(source, config))


def core_project(core: Core, config: Config, plugins: Mapping[Name, Plugin]) -> Iterator[Plugin]:
    """Yield the core as a project with the same values as a plugin, if it is in the tree and is not a plugin itself."""
    if core.name in plugins or (core.metadata is None and not config.core.path):
        return
    tier = Tier("core", Patterns(()))
    metadata = core.metadata or Metadata(core.name)
    start = len(core.folder) + 1 if core.folder else 0
    tests = PluginTests(config.tests, None, frozenset(path[start:] for path in metadata.ships))
    yield Plugin(core.node, core.folder or "", tier, metadata, tier.testing, core.reads, tests=tests)


def core_or_plugin(core: Core, plugins: Mapping[Name, Plugin]) -> Core:
    """Return the core; if a plugin has the same name, use that plugin's metadata and folder."""
    plugin = plugins.get(core.name) if core.name is not None else None
    return core if plugin is None else Core(plugin.name, plugin.metadata, plugin.path)


def with_members(core: Core, plugins: Mapping[Name, Plugin], targets: Targets, graph: Graph) -> Core:
    """Return the core together with the plugins that it needs at run time, directly or indirectly.

    The core itself is included if it is a plugin. If one of these projects has an unreadable requirement, every plugin
    is a member.
    """
    members = graph.chains(core.node)
    if core.name in plugins:
        members[core.node] = ()
    metadata = [] if core.metadata is None else [core.metadata]
    read = [*metadata, *(plugins[name].metadata for name in members if name in plugins)]
    if any(each.problems for each in read):
        # A core that is not a plugin is a target, too, but not a member of itself.
        others = targets.names if core.name in plugins else targets.names - {core.node}
        members = {name: members.get(name, ()) for name in others}
    return core._replace(members=members)


def _candidates(config: CoreConfig, workspace: str) -> Iterator[str]:
    """Yield the folders that may contain the core's project file, from each path's literal prefix up to the root."""
    roots: dict[str, None] = {}
    for pattern in config.path.sources:
        folder = literal_prefix(pattern)
        root = workspace if is_within(folder, workspace) else ""
        roots[root] = None
        while folder != root:
            yield folder
            folder = folder.rpartition("/")[0]
    yield from roots


def _inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
