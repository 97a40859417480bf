"""The Flyte form of a geometry: WKB in a binary scalar."""

from __future__ import annotations

import shapely
from flytekit import FlyteContext
from flytekit.core.type_engine import (
    TypeEngine,
    TypeTransformer,
    TypeTransformerFailedError,
    get_underlying_type,
)
from flytekit.models.literals import Binary, Literal, Scalar
from flytekit.models.types import LiteralType, SimpleType

_TAG = "wkb"


class GeometryTransformer(TypeTransformer[shapely.Geometry]):
    """Carries a geometry of any kind; WKB says which one it is."""

    def __init__(self) -> None:
        super().__init__("Shapely geometry", shapely.Geometry)

    def get_literal_type(self, t: type[shapely.Geometry]) -> LiteralType:
        """All kinds of geometry share one Flyte type."""
        return LiteralType(simple=SimpleType.BINARY)

    def to_literal(
        self,
        ctx: FlyteContext,
        python_val: shapely.Geometry,
        python_type: type[shapely.Geometry],
        expected: LiteralType,
    ) -> Literal:
        """Encode a geometry as extended WKB, which holds the SRID.

        Raises:
            TypeTransformerFailedError: It is not of the declared kind.
        """
        self.assert_type(get_underlying_type(python_type), python_val)
        wkb = shapely.to_wkb(python_val, include_srid=True)
        return Literal(scalar=Scalar(binary=Binary(value=wkb, tag=_TAG)))

    def to_python_value(
        self, ctx: FlyteContext, lv: Literal, expected_python_type: type[shapely.Geometry]
    ) -> shapely.Geometry:
        """Decode a geometry.

        Raises:
            TypeTransformerFailedError: The literal is no WKB, or its geometry not of the expected kind.
        """
        binary = None if lv.scalar is None else lv.scalar.binary
        if binary is None or binary.tag != _TAG:
            raise TypeTransformerFailedError(f"Cannot read a geometry from {lv}")
        kind = get_underlying_type(expected_python_type)
        try:
            geometry = shapely.from_wkb(binary.value)
        except shapely.errors.GEOSException as error:
            raise TypeTransformerFailedError(f"Cannot read a {kind.__name__}: {error}") from error
        if kind is shapely.LinearRing:
            geometry = _ring(geometry)
        self.assert_type(kind, geometry)
        return geometry


def _ring(geometry: shapely.Geometry) -> shapely.Geometry:
    """The ring that WKB, which has none, holds as a closed line; any other geometry unchanged."""
    if not isinstance(geometry, shapely.LineString) or not geometry.is_closed:
        return geometry
    return shapely.set_srid(shapely.LinearRing(geometry), shapely.get_srid(geometry))


TypeEngine.register(GeometryTransformer())
