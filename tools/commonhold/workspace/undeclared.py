"""Find the imports that metadata does not declare, and check which of them the root's configuration accepts."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.model import UndeclaredImport

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from commonhold.projects.names import Name
    from commonhold.workspace.config import Config
    from commonhold.workspace.graph import Edge
    from commonhold.workspace.model import Plugin


class Acceptance(NamedTuple):
    """An ``undeclared`` setting: its key, its names, and the projects whose imports the setting accepts."""

    key: str
    names: tuple[Name, ...]
    importers: frozenset[Name]


def acceptances(config: Config, core: Name, plugins: Iterable[Plugin]) -> tuple[Acceptance, ...]:
    """Return the settings that accept undeclared imports."""
    tables = [("core", config.core.undeclared, frozenset((core,)))]
    for name, tier in config.tiers.items():
        members = frozenset(plugin.name for plugin in plugins if plugin.tier.name == name) if tier.undeclared else ()
        tables.append((f"tiers.{name}", tier.undeclared, frozenset(members)))
    tables += [(f"plugins.{name}", each.undeclared, frozenset((name,))) for name, each in config.plugins.items()]
    return tuple(Acceptance(f"tool.commonhold.{key}.undeclared", names, who) for key, names, who in tables if names)


def find_undeclared(
    declared: Iterable[Edge], imported: Iterable[Edge], accepting: Collection[Acceptance]
) -> tuple[UndeclaredImport, ...]:
    """Return a warning for each plugin that imports another plugin without declaring that dependency."""
    # A test-only requirement covers an import in a test file, but not an import in a shipped file.
    all_pairs, shipped = declared_pairs(declared)
    undeclared: dict[tuple[Name, Name], Edge] = {}
    for edge in imported:
        pair = (edge.source, edge.target)
        if pair not in (all_pairs if edge.tests else shipped):
            undeclared.setdefault(pair, edge)
    # Many plugins can load the same file outside their folders.
    by_file: dict[tuple[str, Name, bool], list[Edge]] = {}
    for (source, target), edge in undeclared.items():
        accepted = any(source in each.importers and target in each.names for each in accepting)
        by_file.setdefault((edge.file, target, accepted), []).append(edge)
    return tuple(_warning(edges, all_pairs, accepted) for (*_, accepted), edges in by_file.items())


def _warning(edges: list[Edge], declared: Collection[tuple[Name, Name]], accepted: bool) -> UndeclaredImport:
    edge, *others = edges
    file, target = edge.file, edge.target
    lacking = "declares it only for its tests" if (edge.source, target) in declared else "does not declare it"
    text = f"{edge.source or 'the core'} imports {target} ({file}) but {lacking}"
    if others:
        text = f"{file} imports {target}, but {len(edges)} projects whose tests load it do not declare it"
    return UndeclaredImport(text, tuple(each.source for each in edges), target, file, accepted)


def unused_acceptances(accepting: Iterable[Acceptance], undeclared: Collection[UndeclaredImport]) -> Iterator[str]:
    """Report the names in ``undeclared`` settings that accept no import."""
    for setting in accepting:
        used = {each.target for each in undeclared if not setting.importers.isdisjoint(each.importers)}
        for name in setting.names:
            if name not in used:
                yield f"{setting.key}: no undeclared import of {name} was found; remove the name"


def declared_pairs(declared: Iterable[Edge]) -> tuple[set[tuple[Name, Name]], set[tuple[Name, Name]]]:
    """Return two sets of (project, declared dependency) pairs: all pairs, and the pairs needed outside tests.

    A project that requires ``x[fast]`` also declares the requirements of that extra.
    """
    edges = tuple(declared)
    extras: dict[tuple[Name, Name], list[Edge]] = {}
    for edge in edges:
        if edge.extra is not None:
            extras.setdefault((edge.source, edge.extra), []).append(edge)
    by_source: dict[Name, list[Edge]] = {}
    for edge in edges:
        by_source.setdefault(edge.source, []).append(edge)
    everything: set[tuple[Name, Name]] = set()
    shipped: set[tuple[Name, Name]] = set()
    for source, several in by_source.items():
        everything |= {(source, target) for target in _requested(several, extras)}
        shipped |= {(source, target) for target in _requested([each for each in several if not each.tests], extras)}
    return everything, shipped


def _requested(edges: Iterable[Edge], extras: Mapping[tuple[Name, Name], list[Edge]]) -> Iterator[Name]:
    """Yield the targets of edges, and the requirements of the extras that the edges request."""
    todo = list(edges)
    seen: set[tuple[Name, Name]] = set()
    for edge in todo:
        yield edge.target
        for node in {(edge.target, extra) for extra in edge.target_extras} - seen:
            seen.add(node)
            todo += extras.get(node, ())
