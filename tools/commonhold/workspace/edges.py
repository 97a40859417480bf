"""Find the edges between plugins in their metadata and imports."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.projects.names import Name
from commonhold.projects.paths import is_among, is_within
from commonhold.workspace.cache import BY_NAME
from commonhold.workspace.graph import Edge
from commonhold.workspace.import_roots import NOT_SHIPPED, is_importable, names_of
from commonhold.workspace.loaded_files import loaded_from, outside_paths
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from commonhold.projects.metadata import Dependency
    from commonhold.workspace.cache import Imports, Scanned
    from commonhold.workspace.config import Testing
    from commonhold.workspace.graph import EdgeKind
    from commonhold.workspace.import_roots import ImportRoots
    from commonhold.workspace.model import BaseState, Core, Plugin
    from commonhold.workspace.patterns import Patterns
    from commonhold.workspace.python_files import PythonFiles


class Targets(NamedTuple):
    """The plugins that a requirement can refer to, by distribution name or by folder."""

    names: frozenset[Name]
    folders: Mapping[str, Name]

    def find(self, dependency: Dependency) -> Name | None:
        """Return the plugin that a requirement refers to, or ``None`` if it refers to another project."""
        if dependency.path is not None and dependency.path in self.folders:
            return self.folders[dependency.path]
        return dependency.name if dependency.name in self.names else None


class ImportedEdges(NamedTuple):
    """The edges that come from imports, and the imported modules with their plugins' folders.

    ``loaded`` are the files outside all plugins that each project loads.
    """

    edges: tuple[Edge, ...]
    reached: frozenset[tuple[str, str]]
    loaded: Mapping[Name, frozenset[str]]


class SettingEdges(NamedTuple):
    """The edges that come from settings, the named paths in other plugins, and the files that each plugin reads."""

    edges: tuple[Edge, ...] = ()
    reached: frozenset[tuple[str, str]] = frozenset()
    reads: Mapping[Name, frozenset[str]] = {}


class MentionedEdges(NamedTuple):
    """The edges that come from mentions, the mentioned modules and paths, and notes for ``commonhold graph``."""

    edges: tuple[Edge, ...] = ()
    reached: frozenset[tuple[str, str]] = frozenset()
    notes: tuple[str, ...] = ()


class Exclusions(NamedTuple):
    """The remaining imports, the excluded plugins (each with a file that imports it), and warnings."""

    imported: tuple[Edge, ...]
    not_needed: Mapping[Name, str] = {}
    warnings: tuple[str, ...] = ()


def names_something(testing: Testing) -> bool:
    """Return whether test settings may name plugins; the default test command does not name plugins."""
    commands = (*(testing.before or ()), *(testing.install or ()), *(testing.env or {}).values())
    return bool(commands) or any(text != "pytest {posargs}" for text in testing.test or ())


def find_targets(plugins: Iterable[Plugin], base: BaseState) -> Targets:
    """Collect the plugins in the tree, and the deleted or moved plugins that other plugins may still require."""
    # A moved plugin is listed under both folders, because other plugins may still refer to the old one.
    before = {folder: name for folder, name in base.names.items() if name is not None}
    folders = before | {plugin.path: plugin.name for plugin in plugins}
    return Targets(frozenset(folders.values()) | frozenset(before.values()), folders)


def without_core_edges(core: Core, edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Remove edges to the core, which ``on-core-change`` covers, except edges that request extras of the core."""
    return tuple(edge for edge in edges if edge.target != core.node or edge.target_extras)


def declared_edges(projects: Iterable[Plugin], targets: Targets) -> tuple[Edge, ...]:
    """Return the edges that project metadata declares."""
    return tuple(edge for project in projects for edge in _declared_by(project, targets))


def _declared_by(plugin: Plugin, targets: Targets) -> Iterator[Edge]:
    metadata = plugin.metadata
    yield from _edges(plugin, metadata.runtime, "runtime", targets)
    yield from _edges(plugin, metadata.build, "build", targets)
    for extra, dependencies in metadata.extras.items():
        yield from _edges(plugin, dependencies, "extra", targets, extra=extra)
    for dependencies in metadata.groups.values():
        yield from _edges(plugin, dependencies, "group", targets, tests=True)
    yield from _edges(plugin, metadata.files, "requirements-file", targets, tests=True)


def _edges(
    plugin: Plugin,
    dependencies: Iterable[Dependency],
    how: EdgeKind,
    targets: Targets,
    *,
    extra: Name | None = None,
    tests: bool = False,
) -> Iterator[Edge]:
    made: set[Edge] = set()  # requirements that differ only in version or marker give one edge
    for dependency in dependencies:
        name = targets.find(dependency)
        # Keep a plugin's requirement on itself if it requests extras: an extra "all" often requires "x[a,b]".
        if name is not None and (name != plugin.name or (dependency.extras and not tests)):
            edge = Edge(plugin.name, name, how, extra, dependency.extras, tests)
            if edge not in made:
                made.add(edge)
                yield edge


def imported_edges(
    owners: Mapping[str, Plugin],
    targets: Targets,
    sources: PythonFiles,
    scanned: Mapping[str, Scanned],
    examples: Patterns,
    assigned: Mapping[str, Collection[str]],
) -> ImportedEdges:
    """Return the edges from imports, given the project of each folder and the imports of each file; skip ``examples``.

    ``assigned`` are the files outside plugins that the configuration assigns to each plugin's folder. Their imports are
    dependencies of the plugin's tests. The same applies to the imports of other outside files that the plugin's files
    import.
    """
    edges: list[Edge] = []
    reached: set[tuple[str, str]] = set()
    tests_load = {folder: {*assigned.get(folder, ()), *sources.outside.above_plugin(folder)} for folder in owners}
    importing = [
        source
        for source in (*sources.importing, *sources.texts)
        if scanned[source.path][0] and not owners[source.owner].tests.spare(source.path_in_plugin, examples)
    ]
    roots = {folder: sources.roots_of(folder) for folder in {source.owner for source in importing}}
    core_owner = sources.core[0].owner if sources.core else None
    core_modules = {module_of(source.path_in_plugin) for source in sources.core}
    # Sorted by plugin, so that the graph does not depend on the order of files.
    for source in sorted(importing, key=lambda source: owners[source.owner].name):
        owner = owners[source.owner]
        found = scanned[source.path][0]
        if source.owner == core_owner:
            # The core's own modules take precedence over modules with the same names in plugins.
            found = frozenset(each for each in found if each[1] not in core_modules)
            is_test = owner.tests.match(source.path_in_plugin)
        else:
            is_test = not _is_shipped(owner, source.path_in_plugin, roots[source.owner])
        reached |= _add_edges(edges, owner, targets, source.path, found, is_test=is_test)
        tests_load[source.owner].update(outside_paths(scanned[source.path]))
    loaded: dict[Name, frozenset[str]] = {}
    for folder, paths in sorted(tests_load.items(), key=lambda item: owners[item[0]].name):
        found_files = loaded[owners[folder].name] = frozenset(loaded_from(paths, scanned))
        for path in sorted(found_files):
            reached |= _add_edges(edges, owners[folder], targets, path, scanned[path][0], is_test=True)
    return ImportedEdges(tuple(edges), frozenset(reached), loaded)


def _add_edges(
    edges: list[Edge], owner: Plugin, targets: Targets, path: str, imports: Imports, *, is_test: bool
) -> frozenset[tuple[str, str]]:
    """Add the edges from one file's imports; return the imported modules of other plugins."""
    found = frozenset((folder, text) for folder, text in imports if folder and folder != owner.path)
    names = {Name(text) if folder == BY_NAME else targets.folders[folder] for folder, text in found}
    names = names.intersection(targets.names) - {owner.name}
    edges += (Edge(owner.name, name, "import", tests=is_test, file=path) for name in sorted(names))
    return found


def _is_shipped(plugin: Plugin, inner: str, roots: ImportRoots) -> bool:
    """Return whether users of a plugin can import a file, so that its imports are run-time dependencies.

    The result is also true for files that build the plugin.
    """
    if plugin.tests.match(inner):
        return False
    if not inner.endswith((".py", ".pyi")):
        # A script without a suffix is shipped only if build settings name it.
        return "." not in inner.rpartition("/")[2] and is_among(inner, plugin.tests.ships)
    if "/" not in inner:
        return inner.partition(".")[0] not in NOT_SHIPPED
    return is_importable(inner, roots) or is_among(inner, plugin.tests.ships)


def tests_reached(
    plugins: Mapping[Name, Plugin],
    targets: Targets,
    sources: PythonFiles,
    reached: frozenset[tuple[str, str]],
    examples: Patterns,
) -> Iterator[Name]:
    """Yield the plugins whose test files or examples, including deleted files, another plugin uses.

    ``reached`` contains modules, or paths that start with a slash, each with the current or former folder of its
    plugin.
    """
    folders = {folder for folder, _ in reached}
    owners = {
        folder: plugins[name] for folder, name in targets.folders.items() if folder in folders and name in plugins
    }
    roots = {folder: sources.roots_of(folder) for folder in owners}

    def unshipped(folder: str, inner: str) -> bool:
        return owners[folder].tests.match(inner) or owners[folder].tests.spare(inner, examples)

    modules = ((source.owner, source.path_in_plugin) for source in sources.files) if owners else ()
    for folder, inner in (*modules, *sources.lost):
        names = names_of(inner, roots[folder]) if folder in roots and unshipped(folder, inner) else ()
        if any((folder, name) in reached for name in names):
            yield owners[folder].name
    for folder, text in reached:
        if text.startswith("/") and folder in owners:
            path, start = text[1:], len(folder) + 1
            inside = (each[start:] for each in sources.owned.get(folder, ()) if is_within(each, path))
            if any(unshipped(folder, inner) for inner in (path[start:], *inside)):
                yield owners[folder].name
