"""Graphs as SVG, without a layout engine."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import networkx as nx

from flytekitplugins.jinja2 import TemplateRenderer


class _Point(NamedTuple):
    x: float
    y: float


class GraphRenderer:
    """Draws a graph on a circle, under a title and its counts.

    Args:
        title: The heading.
        max_nodes: A graph with more nodes is not drawn, only counted.
    """

    def __init__(self, title: str = "Graph", max_nodes: int = 60) -> None:
        self._template = TemplateRenderer.from_package(__package__, "graph.html", title=title)
        self._max_nodes = max_nodes

    def to_html(self, python_value: nx.Graph) -> str:
        """Return the drawing; titles, nodes and labels are escaped."""
        drawn = len(python_value) <= self._max_nodes
        positions = _circle(list(python_value)) if drawn else {}
        edges = python_value.edges(data="label", default="") if drawn else ()
        return self._template.to_html(
            {
                "kind": type(python_value).__name__,
                "node_count": python_value.number_of_nodes(),
                "edge_count": python_value.number_of_edges(),
                "directed": python_value.is_directed(),
                "nodes": [(str(node), at) for node, at in positions.items()],
                "edges": [(positions[start], positions[end], label) for start, end, label in edges],
            }
        )


def _circle(nodes: list[Any]) -> dict[Any, _Point]:
    turn = 2 * math.pi / max(len(nodes), 1)
    return {node: _Point(math.sin(i * turn), -math.cos(i * turn)) for i, node in enumerate(nodes)}
