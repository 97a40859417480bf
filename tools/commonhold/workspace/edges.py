"""The edges between plugins: what their metadata declares, and what their files import."""

from __future__ import annotations

from commonhold.typed import TYPE_CHECKING, NamedTuple
from commonhold.workspace.graph import Edge
from commonhold.workspace.imports import ImportFinder, Source
from commonhold.workspace.modules import Modules, module_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.workspace.files import Files
    from commonhold.workspace.graph import How
    from commonhold.workspace.memory import Memory, Shape
    from commonhold.workspace.metadata import Need
    from commonhold.workspace.model import Core, Plugin
    from commonhold.workspace.names import Name
    from commonhold.workspace.past import Past


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


def find_targets(plugins: Mapping[Name, Plugin], past: Past) -> Target:
    """The plugins that are there, and those that are gone or lay elsewhere, for whoever still needs them."""
    before = {folder: name for folder, name in past.names.items() if name is not None}
    folders = before | {plugin.path: plugin.name for plugin in plugins.values()}
    return Target(frozenset((*plugins, *before.values())), folders)


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


class PluginFiles(NamedTuple):
    """The Python files of all plugins.

    ``tests`` are the paths of those that only tests use. ``behind`` tells where the files are that one comes to
    through symbolic links, by the path that leads there. ``lost`` are files that are gone, by plugin: the modules
    that they defined still have an owner. ``shape`` is all that decides who defines which module.
    """

    sources: tuple[Source, ...]
    tests: frozenset[str]
    test_modules: frozenset[tuple[Name, str]]
    behind: Mapping[str, str]
    lost: tuple[tuple[Name, str], ...]
    shape: Shape

    def modules(self) -> Modules:
        """Who defines which module."""
        return Modules(((source.owner, source.inner) for source in self.sources), self.lost)


def plugin_files(
    plugins: Mapping[Name, Plugin],
    owned: Mapping[str, list[str]],
    behind: Mapping[str, list[tuple[str, str]]],
    lost: Iterable[tuple[Name, str]],
) -> PluginFiles:
    """Sort the files of each plugin's folder (``owned``: by folder) into shipped ones and tests.

    ``behind`` are those that its symbolic links lead to.
    """
    sources: list[Source] = []
    shape: list[tuple[str, str, tuple[str, ...]]] = []
    linked: dict[str, str] = {}
    for plugin in plugins.values():
        start = len(plugin.path) + 1
        mine = dict(behind[plugin.path])
        linked |= mine
        files = [path for path in (*owned[plugin.path], *mine) if path.endswith((".py", ".pyi"))]
        files.sort()
        sources += [Source(plugin.name, path, path[start:]) for path in files]
        shape.append((plugin.name, plugin.path, tuple(files)))
    tests = [source for source in sources if _is_test(plugins[source.owner], source.inner)]
    lost = tuple((owner, inner) for owner, inner in lost if module_of(inner) is not None)
    lost_tests = ((owner, inner) for owner, inner in lost if owner in plugins and _is_test(plugins[owner], inner))
    test_modules = frozenset(
        (owner, module)
        for owner, inner in (*((source.owner, source.inner) for source in tests), *lost_tests)
        if (module := module_of(inner)) is not None
    )
    test_paths = frozenset(source.path for source in tests)
    return PluginFiles(tuple(sources), test_paths, test_modules, linked, lost, (tuple(shape), lost))


def _is_test(plugin: Plugin, inner: str) -> bool:
    return plugin.testing.tests is not None and plugin.testing.tests.match(inner)


def imported_edges(sources: PluginFiles, files: Files, memory: Memory) -> ImportedEdges:
    """The edges that imports make. Only files that ``memory`` does not know are read."""
    memory.use_shape(sources.shape)
    entries = files.entries
    real = {source.path: sources.behind.get(source.path, source.path) for source in sources.sources}
    found = {path: memory.imports(path, entries[place].oid) for path, place in real.items()}
    new = [real[path] for path, imports in found.items() if imports is None]
    files.ahead(new)
    finder = ImportFinder(sources.modules()) if new else None
    edges: list[Edge] = []
    reached: set[Name] = set()
    for source in sources.sources:
        imports = found[source.path]
        if imports is None and finder is not None:  # a file that went away meanwhile imports nothing
            targets = finder.targets(source, files.get(real[source.path]) or b"")
            imports = memory.learn_imports(source.path, entries[real[source.path]].oid, targets)
        if imports:
            is_test = source.path in sources.tests
            names = sorted({name for name, _ in imports})
            edges += (Edge(source.owner, name, "import", tests=is_test, where=source.path) for name in names)
            reached.update(name for name, module in imports if (name, module) in sources.test_modules)
    return ImportedEdges(tuple(edges), frozenset(reached))


def undeclared(declared: Iterable[Edge], imported: Iterable[Edge]) -> Iterator[str]:
    """A warning for each plugin that imports another without saying so in its metadata."""
    shipped = {(edge.source, edge.target) for edge in declared if not edge.tests}
    anyhow = {(edge.source, edge.target) for edge in declared} | shipped
    told: set[tuple[Name, Name]] = set()
    for edge in imported:
        pair = (edge.source, edge.target)
        if pair not in (anyhow if edge.tests else shipped) and pair not in told:
            told.add(pair)
            yield f"{edge.source} imports {edge.target} ({edge.where}) but does not declare it"
