"""RDF graphs as the graphs that ``flytekitplugins.contrib.networkx`` draws."""

from __future__ import annotations

import networkx as nx
from rdflib import Graph


def to_networkx(graph: Graph) -> nx.MultiDiGraph:
    """Return a graph of a triple per edge.

    Nodes and the edges' attribute ``label`` are text, written as in Turtle with the graph's own prefixes.
    """
    prefixes = graph.namespace_manager
    drawn = nx.MultiDiGraph()
    # A triple store has no order, and drawings in another order each time cannot be compared.
    for triple in sorted(graph):
        subject, predicate, target = (term.n3(prefixes) for term in triple)
        drawn.add_edge(subject, target, label=predicate)
    return drawn
