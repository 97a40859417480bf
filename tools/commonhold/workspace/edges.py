"""The edges between plugins: what their metadata declares, and what their files import."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.graph import Edge
from commonhold.workspace.modules import module_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.projects.metadata import Need
    from commonhold.projects.names import Name
    from commonhold.workspace.base_state import Past
    from commonhold.workspace.cache import Imports
    from commonhold.workspace.graph import How
    from commonhold.workspace.model import Core, Plugin
    from commonhold.workspace.patterns import Patterns
    from commonhold.workspace.python_files import PythonFiles


class Target(NamedTuple):
    """What requirements between projects of one tree can name: plugins by name and by folder."""

    names: frozenset[Name]
    folders: Mapping[str, Name]

    def of(self, need: Need) -> Name | None:
        """The plugin that a requirement means, or ``None`` when it means something else."""
        if need.path is not None and need.path in self.folders:
            return self.folders[need.path]
        return need.name if need.name in self.names else None


class ImportedEdges(NamedTuple):
    """The edges that imports make, and the plugins whose tests somebody else imports."""

    edges: tuple[Edge, ...]
    tests_reached: frozenset[Name]


def find_targets(plugins: Iterable[Plugin], past: Past) -> Target:
    """The plugins that are there, and those that are gone or lay elsewhere, for whoever still needs them."""
    before = {folder: name for folder, name in past.names.items() if name is not None}
    folders = before | {plugin.path: plugin.name for plugin in plugins}
    return Target(frozenset(folders.values()) | frozenset(before.values()), folders)


def besides_core(core: Core, edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The edges between plugins. To need the core is none, even where it is a plugin: it has rules of its own."""
    return tuple(edge for edge in edges if edge.target != core.name or edge.source == core.name)


def declared_edges(plugins: Mapping[Name, Plugin], target: Target) -> tuple[Edge, ...]:
    """The edges that metadata declares."""
    return tuple(edge for plugin in plugins.values() for edge in _declared_by(plugin, target))


def _declared_by(plugin: Plugin, target: Target) -> Iterator[Edge]:
    metadata = plugin.metadata
    yield from _edges(plugin, metadata.runtime, "runtime", target)
    yield from _edges(plugin, metadata.build, "build", target)
    for extra, needs in metadata.extras.items():
        yield from _edges(plugin, needs, "extra", target, extra=extra)
    for needs in metadata.groups.values():
        yield from _edges(plugin, needs, "group", target, tests=True)
    yield from _edges(plugin, metadata.files, "requirements-file", target, tests=True)


def _edges(
    plugin: Plugin,
    needs: Iterable[Need],
    how: How,
    target: Target,
    *,
    extra: Name | None = None,
    tests: bool = False,
) -> Iterator[Edge]:
    for need in needs:
        name = target.of(need)
        if name is not None and (name != plugin.name or (need.extras and not tests)):
            yield Edge(plugin.name, name, how, extra, need.extras, tests)


def imported_edges(
    owners: Mapping[str, Plugin],
    target: Target,
    sources: PythonFiles,
    imports: Mapping[str, Imports],
    examples: Patterns,
) -> ImportedEdges:
    """The edges that imports make, given each folder's plugin and what each file imports; ``examples`` make none."""
    edges: list[Edge] = []
    reached: set[tuple[str, str]] = set()
    importing = [source for source in sources.files if imports[source.path] and not examples.match(source.inner)]
    for source in sorted(importing, key=lambda source: owners[source.owner].name):
        owner, found = owners[source.owner], imports[source.path]
        names = sorted({target.folders[folder] for folder, _ in found} - {owner.name})
        is_test = _is_test(owner, source.inner)
        edges += (Edge(owner.name, name, "import", tests=is_test, where=source.path) for name in names)
        reached |= found
    by_name = {plugin.name: plugin for plugin in owners.values()}
    before = {folder: by_name[name] for folder, name in target.folders.items() if name in by_name}
    return ImportedEdges(tuple(edges), frozenset(_tests_reached(before | {**owners}, sources, reached)))


def _tests_reached(owners: Mapping[str, Plugin], sources: PythonFiles, reached: set[tuple[str, str]]) -> Iterator[Name]:
    """The plugins of which somebody else imports a test, even one that is gone.

    ``owners`` are the plugins by the folders that they have or had, ``reached`` modules with their owner's folder.
    """
    folders = {folder for folder, _ in reached}.intersection(owners)
    files = (*((source.owner, source.inner) for source in sources.files), *sources.lost)
    for folder, inner in files:
        if folder in folders and (folder, module_of(inner)) in reached and _is_test(owners[folder], inner):
            yield owners[folder].name


def _is_test(plugin: Plugin, inner: str) -> bool:
    return plugin.testing.tests is not None and plugin.testing.tests.match(inner)


def undeclared(declared: Iterable[Edge], imported: Iterable[Edge]) -> Iterator[str]:
    """A warning for each plugin that imports another without saying so in its metadata."""
    shipped = {(edge.source, edge.target) for edge in declared if not edge.tests}
    anyhow = {(edge.source, edge.target) for edge in declared} | shipped
    told: set[tuple[Name, Name]] = set()
    for edge in imported:
        pair = (edge.source, edge.target)
        if pair not in (anyhow if edge.tests else shipped) and pair not in told:
            told.add(pair)
            lacking = "declares it for its tests alone" if pair in anyhow else "does not declare it"
            yield f"{edge.source} imports {edge.target} ({edge.where}) but {lacking}"
