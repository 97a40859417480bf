"""Render the dependency graph of a workspace as text, Mermaid or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.text import and_more

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.names import Name
    from commonhold.workspace.graph import Edge
    from commonhold.workspace.model import Workspace


CORE = "core"
"""The heading for the core, which has no tier, and the core's name if the name cannot be read."""


def _sorted_edges(workspace: Workspace) -> list[Edge]:
    return sorted(workspace.graph.edges, key=lambda edge: (edge.source, edge.target, edge.how, edge.extra or ""))


def graph_document(workspace: Workspace) -> dict[str, Any]:
    """Build a JSON document (schema 2) of the plugins, the core, and the edges between them."""
    core, show = workspace.core, workspace.config.shown
    folder = None if core.folder is None else show(core.folder)
    return {
        "schema": 2,
        "core": {
            "name": core.name,
            "path": folder,
            "not-needed": sorted(core.not_needed),
        },
        "plugins": [
            {"name": plugin.name, "path": show(plugin.path), "tier": plugin.tier.name}
            for plugin in sorted(workspace.plugins.values())
        ],
        "edges": [
            {
                "source": edge.source or CORE,
                "target": edge.target,
                "how": edge.how,
                "extra": edge.extra,
                "asked": sorted(edge.target_extras),
                "tests": edge.tests,
                "path": show(edge.file) if edge.file else None,
                "line": edge.line or None,
            }
            for edge in _sorted_edges(workspace)
        ],
        "removed": sorted(workspace.gone),
        "warnings": list(workspace.warnings),
        "notes": list(workspace.notes),
    }


def tree_lines(workspace: Workspace) -> Iterator[str]:
    """List the core and the plugins by tier, each followed by its dependencies."""
    by_source: dict[Name, list[Edge]] = {}
    for edge in _sorted_edges(workspace):
        if edge.source != edge.target:
            by_source.setdefault(edge.source, []).append(edge)
    if by_source.keys() - workspace.plugins.keys():
        yield CORE
        yield from _project_lines(workspace, workspace.core.node, by_source)
    for tier in workspace.config.tiers:
        names = sorted(plugin.name for plugin in workspace.plugins.values() if plugin.tier.name == tier)
        yield f"{tier} ({len(names)})"
        for name in names:
            yield from _project_lines(workspace, name, by_source)


def _project_lines(workspace: Workspace, name: Name, by_source: Mapping[Name, list[Edge]]) -> Iterator[str]:
    yield f"  {name or '(without a readable name)'}"
    yield from (f"    └ {dependency}" for dependency in _dependency_lines(workspace, by_source.get(name, ())))


def _dependency_lines(workspace: Workspace, edges: Iterable[Edge]) -> Iterator[str]:
    """Format one line for each dependency; files that import the same plugin share a line."""
    files: dict[str, list[str]] = {}
    for edge in edges:
        text = f"{_dependency(edge)}{', which was removed' if edge.target in workspace.gone else ''}"
        file = workspace.config.shown(edge.file) if edge.file else ""
        files.setdefault(text, []).append(f"{file}:{edge.line}" if edge.line else file)
    for dependency, (file, *others) in files.items():
        yield f"{dependency}: {file}{and_more(1 + len(others))}" if file else dependency


def _dependency(edge: Edge) -> str:
    extras = f"[{','.join(sorted(edge.target_extras))}]" if edge.target_extras else ""
    under = f" {edge.extra}" if edge.extra else ""
    only = ", for its tests" if edge.tests and edge.how in ("import", "mention") else ""
    return f"{edge.target}{extras} ({edge.how}{under}{only})"


def mermaid_lines(workspace: Workspace) -> Iterator[str]:
    """Render a Mermaid flowchart; dotted lines are test-only dependencies, which do not affect further dependents."""
    yield "flowchart LR"
    ids = {name: f"p{index}" for index, name in enumerate(sorted(workspace.plugins))}
    for tier in workspace.config.tiers:
        yield f"  subgraph {_label(tier)}"
        for plugin in sorted(workspace.plugins.values()):
            if plugin.tier.name == tier:
                yield f"    {ids[plugin.name]}[{_label(plugin.name)}]"
        yield "  end"
    if workspace.core.node not in ids:
        ids[workspace.core.node] = CORE
        if any(workspace.core.node in (edge.source, edge.target) for edge in workspace.graph.edges):
            yield f"  {CORE}[{_label(workspace.core.name or CORE)}]"
    pairs: dict[tuple[Name, Name], list[Edge]] = {}
    for edge in _sorted_edges(workspace):
        if edge.source != edge.target:
            pairs.setdefault((edge.source, edge.target), []).append(edge)
    for name in sorted({target for _, target in pairs}.difference(ids)):
        ids[name] = f"r{len(ids)}"
        yield f"  {ids[name]}[{_label(f'{name} (removed)')}]"
    for (source, target), edges in pairs.items():
        how = ", ".join(dict.fromkeys(edge.how for edge in edges))
        arrow = "-.->" if all(edge.tests for edge in edges) else "-->"
        yield f"  {ids[source]} {arrow}|{how}| {ids[target]}"


def _label(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'
