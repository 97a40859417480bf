from __future__ import annotations

import re
import typing
from xml.etree import ElementTree

import networkx as nx
import pytest
from flytekit import FlyteContextManager, task, workflow
from flytekit.core.type_engine import TypeEngine, TypeTransformerFailedError
from flytekit.models.literals import Blob, BlobMetadata, Literal, Scalar

from flytekitplugins.contrib.networkx import GraphRenderer

HOSTILE = "<script>alert(1)</script>"


@task
def roads() -> nx.Graph:
    graph = nx.Graph(country="no")
    graph.add_edge("Oslo", "Bergen", km=463)
    graph.add_edge("Bergen", "Stavanger", km=209)
    return graph


@task
def distance(graph: nx.Graph, start: str, end: str) -> int:
    return nx.shortest_path_length(graph, start, end, weight="km")


def to_literal(value, python_type):
    ctx = FlyteContextManager.current_context()
    literal = TypeEngine.to_literal(ctx, value, python_type, TypeEngine.to_literal_type(python_type))
    return Literal.from_flyte_idl(literal.to_flyte_idl())


def to_python(literal, python_type):
    return TypeEngine.to_python_value(FlyteContextManager.current_context(), literal, python_type)


def assert_same(one: nx.Graph, other: nx.Graph) -> None:
    assert type(one) is type(other)
    assert nx.utils.graphs_equal(one, other)


def test_a_graph_passes_through_a_workflow():
    @workflow
    def drive(start: str, end: str) -> int:
        return distance(graph=roads(), start=start, end=end)

    assert drive(start="Oslo", end="Stavanger") == 672


def test_graphs_in_a_list_pass_through_a_workflow():
    @task
    def parts(graph: nx.Graph) -> list[nx.Graph]:
        return [nx.Graph(graph.subgraph(nodes)) for nodes in nx.connected_components(graph)]

    @task
    def sizes(graphs: list[nx.Graph]) -> list[int]:
        return sorted(len(graph) for graph in graphs)

    @workflow
    def component_sizes(graph: nx.Graph) -> list[int]:
        return sizes(graphs=parts(graph=graph))

    assert component_sizes(graph=nx.Graph([(1, 2), (2, 3), (4, 5)])) == [2, 3]


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
@pytest.mark.parametrize("declared_as_its_own_kind", [True, False])
def test_every_kind_of_graph_round_trips(kind, declared_as_its_own_kind):
    graph = kind([("a", "b"), ("b", "a"), ("b", "b")], name="loop")
    graph.add_node(7, weight=0.5, tags=["x"])
    declared = kind if declared_as_its_own_kind else nx.Graph
    assert_same(to_python(to_literal(graph, declared), declared), graph)


@pytest.mark.parametrize("graph", [nx.Graph(), nx.grid_2d_graph(2, 3)], ids=["empty", "tuples as nodes"])
def test_unusual_graphs_round_trip(graph):
    assert_same(to_python(to_literal(graph, nx.Graph), nx.Graph), graph)


def test_the_keys_of_parallel_edges_are_kept():
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", key="rail")
    graph.add_edge("a", "b", key="road", km=3)
    assert_same(to_python(to_literal(graph, nx.MultiDiGraph), nx.MultiDiGraph), graph)


def test_a_graph_that_is_not_directed_is_refused_where_a_directed_one_is_declared():
    with pytest.raises(TypeTransformerFailedError, match="DiGraph"):
        to_literal(nx.Graph(), nx.DiGraph)
    with pytest.raises(TypeTransformerFailedError, match="DiGraph"):
        to_python(to_literal(nx.Graph(), nx.Graph), nx.DiGraph)


def test_another_type_is_refused_by_a_workflow():
    @task
    def wrong() -> nx.Graph:
        return {"a": ["b"]}  # type: ignore[return-value]

    with pytest.raises(TypeError, match="Graph"):
        wrong()


def test_what_json_has_no_form_for_is_refused_by_the_task_that_returns_it():
    with pytest.raises(TypeTransformerFailedError, match=r"as JSON.*set"):
        to_literal(nx.Graph([(1, 2, {"seen": {1}})]), nx.Graph)


def test_a_literal_that_is_no_file_is_refused():
    with pytest.raises(TypeTransformerFailedError, match="Cannot read a graph"):
        to_python(to_literal(1, int), nx.Graph)


@pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"nodes": [], "edges": [{}]}', '{"nodes": 1, "edges": []}'])
def test_a_file_that_is_no_graph_is_refused(tmp_path, text):
    path = tmp_path / "graph.json"
    path.write_text(text)
    metadata = BlobMetadata(type=TypeEngine.to_literal_type(nx.Graph).blob)
    with pytest.raises(TypeTransformerFailedError, match="not a node-link graph"):
        to_python(Literal(scalar=Scalar(blob=Blob(metadata=metadata, uri=str(path)))), nx.Graph)


def test_a_deck_draws_every_node_and_edge():
    html = GraphRenderer(title="Plan").to_html(nx.DiGraph([("a", "b"), ("b", "c")]))
    drawing = ElementTree.fromstring(re.search(r"<svg.*</svg>", html, re.DOTALL)[0])
    assert "<h3>Plan</h3>" in html
    assert "DiGraph: 3 nodes, 2 edges" in html
    assert [text.text for text in drawing.iter("text")] == ["a", "b", "c"]
    assert len(list(drawing.iter("circle"))) == 3
    assert all(line.get("marker-end") for line in drawing.iter("line"))


def test_an_edge_shows_its_label():
    assert ">463 km</text>" in GraphRenderer().to_html(nx.Graph([("Oslo", "Bergen", {"label": "463 km"})]))


def test_a_large_graph_is_counted_and_not_drawn():
    html = GraphRenderer(max_nodes=4).to_html(nx.path_graph(5))
    assert "5 nodes, 4 edges" in html
    assert "<svg" not in html


def test_hostile_titles_nodes_and_labels_are_escaped():
    html = GraphRenderer(title=HOSTILE).to_html(nx.Graph([(HOSTILE, "b", {"label": HOSTILE})]))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3


def test_the_renderer_of_the_annotated_type_is_used():
    ctx = FlyteContextManager.current_context()
    annotated = typing.Annotated[nx.Graph, GraphRenderer(title="Mine")]
    assert "<h3>Mine</h3>" in TypeEngine.to_html(ctx, nx.Graph(), annotated)
    assert "<h3>Graph</h3>" in TypeEngine.to_html(ctx, nx.Graph(), nx.Graph)
    assert_same(to_python(to_literal(nx.path_graph(3), annotated), annotated), nx.path_graph(3))
