"""The pairs of projects and declared dependencies, including the requirements of requested extras."""

from __future__ import annotations

from itertools import pairwise

from commonhold.projects.names import normalize
from commonhold.workspace.graph import Edge
from commonhold.workspace.undeclared import declared_pairs

A, B, C, D = map(normalize, "abcd")


def test_requested_extras_are_declared_wherever_they_are_requested() -> None:
    edges = [
        Edge(A, B, "runtime", target_extras=frozenset({normalize("x")})),
        Edge(B, B, "extra", extra=normalize("x"), target_extras=frozenset({normalize("y")})),
        Edge(B, C, "extra", extra=normalize("y"), target_extras=frozenset({normalize("x")})),
        Edge(A, D, "group", tests=True),
    ]
    everything, shipped = declared_pairs(edges)
    assert everything == {(A, B), (A, C), (A, D), (B, B), (B, C)}
    assert shipped == everything - {(A, D)}


def test_a_long_chain_of_extras_is_followed_once() -> None:
    """Following the chain from each of its extras would take minutes."""
    names = [normalize(f"e{number}") for number in range(20_000)]
    chain = [Edge(A, A, "extra", extra=name, target_extras=frozenset({after})) for name, after in pairwise(names)]
    everything, _ = declared_pairs([*chain, Edge(A, B, "extra", extra=names[-1])])
    assert everything == {(A, A), (A, B)}
