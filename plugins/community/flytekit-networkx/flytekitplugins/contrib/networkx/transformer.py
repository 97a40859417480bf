"""The Flyte form of a NetworkX graph: a file of node-link JSON."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
from flytekit import FlyteContext
from flytekit.core.type_engine import (
    AsyncTypeTransformer,
    TypeEngine,
    TypeTransformerFailedError,
    get_underlying_type,
)
from flytekit.models.core.types import BlobType
from flytekit.models.literals import Blob, BlobMetadata, Literal, Scalar
from flytekit.models.types import LiteralType

from .renderer import GraphRenderer

_BLOB_TYPE = BlobType(format="node-link.json", dimensionality=BlobType.BlobDimensionality.SINGLE)


class GraphTransformer(AsyncTypeTransformer[nx.Graph]):
    """Stores a graph of any of the four NetworkX classes; the file says which one it is."""

    def __init__(self) -> None:
        super().__init__("NetworkX graph", nx.Graph)

    def get_literal_type(self, t: type[nx.Graph]) -> LiteralType:
        """All four classes share one Flyte type."""
        return LiteralType(blob=_BLOB_TYPE)

    async def async_to_literal(
        self, ctx: FlyteContext, python_val: nx.Graph, python_type: type[nx.Graph], expected: LiteralType
    ) -> Literal:
        """Store a graph.

        Raises:
            TypeTransformerFailedError: It is no ``python_type``, or holds what JSON has no form for.
        """
        self.assert_type(get_underlying_type(python_type), python_val)
        try:
            text = json.dumps(nx.node_link_data(python_val, edges="edges"))
        except (TypeError, ValueError, nx.NetworkXError) as error:
            raise TypeTransformerFailedError(f"Cannot write {python_val} as JSON: {error}") from error
        uri = await ctx.file_access.async_put_raw_data(text.encode(), file_name="graph.json")
        return Literal(scalar=Scalar(blob=Blob(metadata=BlobMetadata(type=_BLOB_TYPE), uri=uri)))

    async def async_to_python_value(
        self, ctx: FlyteContext, lv: Literal, expected_python_type: type[nx.Graph]
    ) -> nx.Graph:
        """Load a graph.

        Raises:
            TypeTransformerFailedError: The literal is no file, the file no graph, or one of another class.
        """
        if lv.scalar is None or lv.scalar.blob is None:
            raise TypeTransformerFailedError(f"Cannot read a graph from {lv}")
        path = ctx.file_access.get_random_local_path("graph.json")
        await ctx.file_access.async_get_data(lv.scalar.blob.uri, path)
        try:
            graph = nx.node_link_graph(json.loads(Path(path).read_bytes()), edges="edges")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise TypeTransformerFailedError(f"{lv.scalar.blob.uri} is not a node-link graph: {error!r}") from error
        self.assert_type(get_underlying_type(expected_python_type), graph)
        return graph

    def to_html(self, ctx: FlyteContext, python_val: nx.Graph, expected_python_type: type[nx.Graph]) -> str:
        """Draw a graph whose type names no renderer."""
        return GraphRenderer().to_html(python_val)


TypeEngine.register(GraphTransformer())
