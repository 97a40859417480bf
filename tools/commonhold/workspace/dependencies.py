"""Combine the edges from metadata, imports and mentions into the dependency graph of a workspace."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.workspace.edges import (
    Exclusions,
    MentionedEdges,
    SettingEdges,
    declared_edges,
    imported_edges,
    names_something,
    tests_reached,
    without_core_edges,
)
from commonhold.workspace.graph import Graph
from commonhold.workspace.undeclared import acceptances, find_undeclared, unused_acceptances

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from commonhold.projects.names import Name
    from commonhold.workspace.cache import Scanned
    from commonhold.workspace.config import Config
    from commonhold.workspace.edges import Targets
    from commonhold.workspace.model import Core, Plugin, UndeclaredImport
    from commonhold.workspace.python_files import PythonFiles


class Dependencies(NamedTuple):
    """The graph, the plugins whose test files another plugin uses, warnings, and notes for ``commonhold graph``.

    ``not_needed`` are the plugins whose imports in the core are excluded, each with a file that imports the plugin.
    ``reads`` are the files that the settings of each project name, and the files outside the workspace that the project
    imports. ``warnings`` include the warnings in ``undeclared``.
    """

    graph: Graph
    tests_reached: frozenset[Name]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    not_needed: Mapping[Name, str]
    reads: Mapping[Name, frozenset[str]]
    undeclared: tuple[UndeclaredImport, ...]


def find_dependencies(
    projects: Iterable[Plugin],
    core: Core,
    targets: Targets,
    sources: PythonFiles,
    scanned: Mapping[str, Scanned],
    config: Config,
    read: Callable[[str], bytes | None],
    assigned: Mapping[str, Collection[str]],
) -> Dependencies:
    """Build the graph of the plugins and the core, given the imports and mentions in each file.

    ``assigned`` are the files outside plugins that the configuration assigns to each plugin's folder.
    """
    owners = {project.path: project for project in projects}
    by_name = {project.name: project for project in sorted(owners.values(), key=lambda project: project.name)}
    if sources.core:  # a core that is a plugin may have files outside the plugin's folder
        owners.setdefault(sources.core[0].owner, by_name[core.node])
    settings = _from_settings(by_name.values(), targets, sources, read, config.folder)
    declared = without_core_edges(core, (*declared_edges(by_name.values(), targets), *settings.edges))
    found = imported_edges(owners, targets, sources, scanned, config.examples, assigned)

    def is_guarded(path: str, name: Name) -> bool:
        from commonhold.workspace.guarded_imports import guards_imports

        modules = {module for folder, module in scanned[path][0] if targets.folders.get(folder) == name}
        return guards_imports(read(path) or b"", modules)

    imported = without_core_edges(core, found.edges)
    kept = Exclusions(imported)
    if config.core.not_needs:
        from commonhold.workspace.core_exclusions import exclude_imports

        kept = exclude_imports(config.core, core, declared, imported, is_guarded)
    graph = Graph((*declared, *kept.imported), core.node)
    mentioned = _mentioned(owners, core, targets, sources, scanned, graph, config)
    edges = [edge for edge in mentioned.edges if edge.source != core.node or edge.target not in kept.not_needed]
    graph = Graph((*graph.edges, *edges), core.node) if edges else graph
    reached = tests_reached(
        by_name, targets, sources, found.reached | mentioned.reached | settings.reached, config.examples
    )
    accepting = acceptances(config, core.node, by_name.values())
    undeclared = find_undeclared(declared, kept.imported, accepting)
    unused = unused_acceptances(accepting, undeclared)
    warnings = (*kept.warnings, *unused, *(each.text for each in undeclared))
    notes = mentioned.notes
    reads = dict(settings.reads)
    if config.folder:  # every path in the workspace counts anyway
        for name, paths in found.loaded.items():
            reads[name] = reads.get(name, frozenset()).union(path for path in paths if not config.contains(path))
    return Dependencies(graph, frozenset(reached), warnings, notes, kept.not_needed, reads, undeclared)


def _from_settings(
    projects: Iterable[Plugin], targets: Targets, sources: PythonFiles, read: Callable[[str], bytes | None], root: str
) -> SettingEdges:
    """Return the edges from test settings; import the slow module for them only if there are such settings."""
    having = [each for each in projects if names_something(each.testing)]
    if not having:
        return SettingEdges()
    from commonhold.workspace.setting_edges import setting_edges

    return setting_edges(having, targets, sources.files, read, root)


def _mentioned(
    owners: Mapping[str, Plugin],
    core: Core,
    targets: Targets,
    sources: PythonFiles,
    scanned: Mapping[str, Scanned],
    graph: Graph,
    config: Config,
) -> MentionedEdges:
    every = (*sources.importing, *sources.texts)
    mentions = [(source, scanned[source.path][1]) for source in every if scanned[source.path][1]]
    if not mentions:
        return MentionedEdges()
    from commonhold.workspace.mention_edges import mention_edges

    return mention_edges(owners, core, targets, mentions, graph, config)
