"""The graph, compared with a brute-force closure of relations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commonhold.projects.names import Name
from commonhold.workspace.graph import Edge, Graph

NAMES = [Name(letter) for letter in "abcde"]
EXTRAS = [Name("x"), Name("y")]
Node = tuple[Name, Name | None]

edges = st.lists(
    st.builds(
        Edge,
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.sampled_from(["runtime", "build", "import"]),
        st.sampled_from([None, None, *EXTRAS]),
        st.frozensets(st.sampled_from(EXTRAS), max_size=2),
        st.booleans(),
    ),
    max_size=9,
)


def relation(given_edges: list[Edge], *, tests: bool) -> set[tuple[Node, Node]]:
    """The edges that chain, or with ``tests`` the first steps from each plugin's tests."""
    pairs: set[tuple[Node, Node]] = set()
    for edge in given_edges:
        for target in [(edge.target, None), *((edge.target, extra) for extra in edge.target_extras)]:
            if tests and (edge.tests or edge.extra is not None):
                pairs.add(((edge.source, None), target))
            elif not tests and not edge.tests:
                pairs.add(((edge.source, edge.extra), target))
    return pairs


def closed(pairs: set[tuple[Node, Node]]) -> set[tuple[Node, Node]]:
    """The transitive closure, with at least one step."""
    while True:
        more = {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs
        if not more:
            return pairs
        pairs = pairs | more


def dependencies_of(given_edges: list[Edge], plugin: Name) -> set[Name]:
    """The plugins that a plugin and its tests depend on, and itself."""
    chained, first = closed(relation(given_edges, tests=False)), relation(given_edges, tests=True)
    start = {(plugin, None)} | {b for a, b in first if a == (plugin, None)}
    return {node[0] for node in start | {b for a, b in chained if a in start}}


@given(edges)
def test_a_cycle_is_a_group_of_plugins_that_depend_on_each_other(given_edges: list[Edge]) -> None:
    chained = closed(relation(given_edges, tests=False))
    nodes = {node for pair in chained for node in pair}
    cycles_found = {frozenset(b[0] for b in nodes if (a, b) in chained and (b, a) in chained) for a in nodes}
    assert set(Graph(given_edges).cycles()) == {tuple(sorted(cycle)) for cycle in cycles_found if len(cycle) > 1}


@given(edges, st.sampled_from(NAMES))
def test_dependents_are_the_plugins_that_depend_on_a_plugin(given_edges: list[Edge], plugin: Name) -> None:
    found = Graph(given_edges).dependents(plugin)
    assert set(found) == {name for name in NAMES if name != plugin and plugin in dependencies_of(given_edges, name)}


@given(edges, st.sampled_from(NAMES))
def test_a_chain_leads_from_a_dependency_to_the_plugin(given_edges: list[Edge], plugin: Name) -> None:
    steps = {(edge.source, edge.target) for edge in given_edges}
    for name, (via, first) in Graph(given_edges).dependents(plugin).items():
        assert via[-1] == plugin
        assert all(step in steps for step in zip((name, *via), via, strict=False))
        assert first in given_edges
        assert (first.source, first.target) == (name, via[0])


@given(edges, st.sampled_from(NAMES), st.frozensets(st.sampled_from(EXTRAS)), st.booleans())
def test_dependencies_are_the_plugins_that_edges_lead_to(
    given_edges: list[Edge], plugin: Name, extras: frozenset[Name], tests: bool
) -> None:
    chained = closed(relation(given_edges, tests=False))
    start = {(plugin, None), *((plugin, extra) for extra in extras)}
    if tests:
        start |= {b for a, b in relation(given_edges, tests=True) if a == (plugin, None)}
    reached = {node[0] for node in start | {b for a, b in chained if a in start}}
    assert Graph(given_edges).dependencies(plugin, extras=extras, tests=tests) == reached - {plugin}


@given(edges, st.lists(st.sampled_from(NAMES), unique=True), st.integers(1, 6))
def test_the_nearest_of_several_plugins_are_found_as_for_each_alone(
    given_edges: list[Edge], plugins: list[Name], most: int
) -> None:
    graph = Graph(given_edges)
    alone = {plugin: graph.dependents(plugin) for plugin in plugins}
    together = graph.dependents_of_all(plugins, most)
    for name in NAMES:
        each = {plugin: found[name] for plugin, found in alone.items() if name in found}
        kept = together.get(name, {})
        assert len(kept) == min(most, len(each))
        assert all(kept[plugin] == each[plugin] for plugin in kept)


def test_a_search_from_every_plugin_keeps_a_limited_number_of_chains() -> None:
    names = [Name(f"p{number:03}") for number in range(200)]
    edges_of_all = [Edge(name, other, "runtime") for name in names for other in names[:9] if name != other]
    found = Graph(edges_of_all).dependents_of_all(names, 3)
    assert set(found) == set(names)
    assert sum(map(len, found.values())) == 3 * len(names)


def test_a_long_cycle_is_one_group() -> None:
    """A recursive search would exceed Python's limit."""
    names = [Name(f"p{number:04}") for number in range(3000)]
    ring = [Edge(name, names[index - 1], "runtime") for index, name in enumerate(names)]
    assert Graph(ring).cycles() == (tuple(names),)
