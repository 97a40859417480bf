"""The Flyte form of an RDF graph: a Turtle file."""

from __future__ import annotations

from flytekit import FlyteContext
from flytekit.core.type_engine import AsyncTypeTransformer, TypeEngine, TypeTransformerFailedError
from flytekit.models.core.types import BlobType
from flytekit.models.literals import Blob, BlobMetadata, Literal, Scalar
from flytekit.models.types import LiteralType
from rdflib import Graph, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax

from flytekitplugins.contrib.networkx import GraphRenderer

from .drawing import to_networkx

_BLOB_TYPE = BlobType(format="ttl", dimensionality=BlobType.BlobDimensionality.SINGLE)


class RdfGraphTransformer(AsyncTypeTransformer[Graph]):
    """Stores a graph with its prefixes as Turtle."""

    def __init__(self) -> None:
        super().__init__("RDF graph", Graph)

    def get_literal_type(self, t: type[Graph]) -> LiteralType:
        """A single file of the format ``ttl``."""
        return LiteralType(blob=_BLOB_TYPE)

    async def async_to_literal(
        self, ctx: FlyteContext, python_val: Graph, python_type: type[Graph], expected: LiteralType
    ) -> Literal:
        """Store a graph.

        Raises:
            TypeTransformerFailedError: It is no graph, or has named graphs or relative IRIs.
        """
        self.assert_type(Graph, python_val)
        if python_val.context_aware:
            raise TypeTransformerFailedError(f"A {type(python_val).__name__} has named graphs; pass them one by one")
        _refuse_relative_iris(python_val)
        turtle = python_val.serialize(format="turtle", encoding="utf-8")
        uri = await ctx.file_access.async_put_raw_data(turtle, file_name="graph.ttl")
        return Literal(scalar=Scalar(blob=Blob(metadata=BlobMetadata(type=_BLOB_TYPE), uri=uri)))

    async def async_to_python_value(self, ctx: FlyteContext, lv: Literal, expected_python_type: type[Graph]) -> Graph:
        """Load a graph.

        Raises:
            TypeTransformerFailedError: The literal is no file, or the file is not Turtle.
        """
        if lv.scalar is None or lv.scalar.blob is None:
            raise TypeTransformerFailedError(f"Cannot read an RDF graph from {lv}")
        path = ctx.file_access.get_random_local_path("graph.ttl")
        await ctx.file_access.async_get_data(lv.scalar.blob.uri, path)
        try:
            return Graph().parse(path, format="turtle")
        except BadSyntax as error:
            raise TypeTransformerFailedError(f"{lv.scalar.blob.uri} is not Turtle: {error}") from error

    def to_html(self, ctx: FlyteContext, python_val: Graph, expected_python_type: type[Graph]) -> str:
        """Draw a graph, with its predicates on the edges."""
        return GraphRenderer(title="RDF graph").to_html(to_networkx(python_val))


def _refuse_relative_iris(graph: Graph) -> None:
    """RDF has absolute IRIs only; a relative one would be read as a path beside the stored file."""
    for triple in graph:
        for term in triple:
            if isinstance(term, URIRef) and ":" not in term:
                raise TypeTransformerFailedError(f"<{term}> is relative; give the graph's IRIs a base")


TypeEngine.register(RdfGraphTransformer())
