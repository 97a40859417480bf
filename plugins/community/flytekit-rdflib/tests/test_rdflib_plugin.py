from __future__ import annotations

import networkx as nx
import pytest
from flytekit import FlyteContextManager, task, workflow
from flytekit.core.type_engine import TypeEngine, TypeTransformerFailedError
from flytekit.models.literals import Blob, BlobMetadata, Literal, Scalar
from rdflib import RDF, RDFS, ConjunctiveGraph, Dataset, Graph, Namespace, URIRef
from rdflib import Literal as Value
from rdflib.compare import isomorphic

from flytekitplugins.contrib.networkx import GraphRenderer
from flytekitplugins.contrib.rdflib import to_networkx

EX = Namespace("http://example.org/")
ZOO = """
@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:Dog rdfs:subClassOf ex:Animal .
ex:rex a ex:Dog ; rdfs:label "Rex"@en, "Réx"@fr ; ex:born "2019-05-01"^^xsd:date ; ex:eats [ ex:kg 0.5 ] .
"""


@task
def read(turtle: str) -> Graph:
    return Graph().parse(data=turtle, format="turtle")


@task
def infer(graph: Graph) -> Graph:
    for thing, kind in list(graph.subject_objects(RDF.type)):
        for broader in graph.transitive_objects(kind, RDFS.subClassOf):
            graph.add((thing, RDF.type, broader))
    return graph


def to_literal(value, python_type=Graph):
    ctx = FlyteContextManager.current_context()
    literal = TypeEngine.to_literal(ctx, value, python_type, TypeEngine.to_literal_type(python_type))
    return Literal.from_flyte_idl(literal.to_flyte_idl())


def to_python(literal):
    return TypeEngine.to_python_value(FlyteContextManager.current_context(), literal, Graph)


def test_a_graph_passes_through_a_workflow():
    @task
    def kinds(graph: Graph, thing: str) -> list[str]:
        return sorted(graph.qname(kind) for kind in graph.objects(EX[thing], RDF.type))

    @workflow
    def kinds_of(turtle: str, thing: str) -> list[str]:
        return kinds(graph=infer(graph=read(turtle=turtle)), thing=thing)

    assert kinds_of(turtle=ZOO, thing="rex") == ["ex:Animal", "ex:Dog"]


def test_triples_blank_nodes_data_types_and_languages_round_trip():
    graph = Graph().parse(data=ZOO, format="turtle")
    assert isomorphic(to_python(to_literal(graph)), graph)


def test_prefixes_are_kept():
    graph = Graph()
    graph.bind("zoo", EX)
    graph.add((EX.rex, RDF.type, EX.Dog))
    assert to_python(to_literal(graph)).qname(EX.rex) == "zoo:rex"


def test_an_empty_graph_round_trips():
    assert len(to_python(to_literal(Graph()))) == 0


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("kind", [Dataset, ConjunctiveGraph])
def test_named_graphs_are_refused_and_not_lost(kind):
    with pytest.raises(TypeTransformerFailedError, match=f"{kind.__name__} has named graphs"):
        to_literal(kind())


def test_a_relative_iri_is_refused_because_it_would_change_on_the_way():
    graph = Graph()
    graph.add((EX.rex, EX.likes, URIRef("tom")))
    with pytest.raises(TypeTransformerFailedError, match="<tom> is relative"):
        to_literal(graph)


def test_another_type_is_refused_by_a_workflow():
    @task
    def wrong() -> Graph:
        return "ex:rex a ex:Dog ."  # type: ignore[return-value]

    with pytest.raises(TypeError, match="Graph"):
        wrong()


def test_a_literal_that_is_no_file_is_refused():
    with pytest.raises(TypeTransformerFailedError, match="Cannot read an RDF graph"):
        to_python(to_literal(1, int))


def test_a_file_that_is_not_turtle_is_refused(tmp_path):
    path = tmp_path / "graph.ttl"
    path.write_text("this is not turtle")
    metadata = BlobMetadata(type=TypeEngine.to_literal_type(Graph).blob)
    with pytest.raises(TypeTransformerFailedError, match="is not Turtle"):
        to_python(Literal(scalar=Scalar(blob=Blob(metadata=metadata, uri=str(path)))))


def test_the_drawing_has_an_edge_per_triple_with_short_names():
    graph = Graph()
    graph.bind("ex", EX)
    graph.add((EX.rex, EX.likes, EX.tom))
    graph.add((EX.rex, EX.bites, EX.tom))
    assert list(to_networkx(graph).edges(data="label")) == [
        ("ex:rex", "ex:tom", "ex:bites"),
        ("ex:rex", "ex:tom", "ex:likes"),
    ]


def test_a_deck_shows_the_drawing_and_escapes_what_the_graph_says():
    graph = Graph()
    graph.bind("ex", EX)
    graph.add((EX.rex, RDFS.label, Value("<script>alert(1)</script>")))
    html = TypeEngine.to_html(FlyteContextManager.current_context(), graph, Graph)
    assert "<h3>RDF graph</h3>" in html
    assert ">ex:rex</text>" in html
    assert ">rdfs:label</text>" in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_the_networkx_plugin_carries_the_converted_graph_through_a_workflow():
    @task
    def convert(graph: Graph) -> nx.MultiDiGraph:
        return to_networkx(graph)

    @task
    def draw(graph: nx.MultiDiGraph) -> str:
        return GraphRenderer(title="Zoo").to_html(graph)

    @workflow
    def draw_zoo(turtle: str) -> str:
        return draw(graph=convert(graph=read(turtle=turtle)))

    assert "MultiDiGraph: 8 nodes, 7 edges" in draw_zoo(turtle=ZOO)
