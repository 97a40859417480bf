"""Combine the edges from metadata, imports and mentions into the dependency graph of a workspace."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.edges import (
    declared_edges,
    imported_edges,
    tests_reached,
    undeclared_imports,
    without_core_edges,
)
from commonhold.workspace.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.projects.names import Name
    from commonhold.workspace.cache import Scanned
    from commonhold.workspace.config import Config
    from commonhold.workspace.edges import Targets
    from commonhold.workspace.mention_edges import MentionedEdges
    from commonhold.workspace.model import Core, Plugin
    from commonhold.workspace.python_files import PythonFiles


class Dependencies(NamedTuple):
    """The graph, the plugins whose test files another plugin uses, warnings, and notes for ``commonhold graph``."""

    graph: Graph
    tests_reached: frozenset[Name]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def find_dependencies(
    read: Iterable[Plugin],
    core: Core,
    targets: Targets,
    sources: PythonFiles,
    scanned: Mapping[str, Scanned],
    config: Config,
) -> Dependencies:
    """Build the graph of the plugins that were ``read``, given the imports and mentions in each file."""
    owners = {plugin.path: plugin for plugin in read}
    plugins = {plugin.name: plugin for plugin in sorted(owners.values(), key=lambda plugin: plugin.name)}
    declared = without_core_edges(core, declared_edges(plugins, targets))
    found = imported_edges(owners, targets, sources, scanned, config.examples)
    imported = without_core_edges(core, found.edges)
    graph = Graph((*declared, *imported))
    mentioned = _mentioned(owners, core, targets, sources, scanned, graph, config)
    graph = Graph((*graph.edges, *mentioned.edges)) if mentioned.edges else graph
    reached = tests_reached(plugins, targets, sources, found.reached | mentioned.reached)
    return Dependencies(graph, frozenset(reached), tuple(undeclared_imports(declared, imported)), mentioned.notes)


def _mentioned(
    owners: Mapping[str, Plugin],
    core: Core,
    targets: Targets,
    sources: PythonFiles,
    scanned: Mapping[str, Scanned],
    graph: Graph,
    config: Config,
) -> MentionedEdges:
    # Imported late, because in most runs no file mentions another plugin.
    from commonhold.workspace.mention_edges import mention_edges

    every = (*sources.files, *sources.texts)
    mentions = [(source, scanned[source.path][1]) for source in every if scanned[source.path][1]]
    return mention_edges(owners, core, targets, mentions, graph, config)
