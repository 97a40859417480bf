from __future__ import annotations

import typing
from xml.etree import ElementTree

import pytest
import shapely
from flytekit import FlyteContextManager, task, workflow
from flytekit.core.type_engine import TypeEngine, TypeTransformerFailedError
from flytekit.models.literals import Binary, Literal, Scalar
from shapely import LinearRing, LineString, MultiPoint, Point, Polygon, box

from flytekitplugins.contrib.shapely.deck import GeometryRenderer

SQUARE = [(0, 0), (0, 2), (2, 2), (2, 0), (0, 0)]


@task
def outline(points: MultiPoint) -> Polygon:
    return points.convex_hull


@task
def area(shape: Polygon) -> float:
    return shape.area


def round_trip(value, python_type, read_as=None):
    ctx = FlyteContextManager.current_context()
    literal = TypeEngine.to_literal(ctx, value, python_type, TypeEngine.to_literal_type(python_type))
    sent = Literal.from_flyte_idl(literal.to_flyte_idl())
    return TypeEngine.to_python_value(ctx, sent, read_as or python_type)


def test_a_geometry_passes_through_a_workflow():
    @workflow
    def hull_area(points: MultiPoint) -> float:
        return area(shape=outline(points=points))

    assert hull_area(points=MultiPoint([*SQUARE, (1, 1)])) == 4.0


def test_geometries_in_lists_and_optionals_pass_through_a_workflow():
    @task
    def corners(shape: Polygon) -> list[Point]:
        return [Point(corner) for corner in shape.exterior.coords[:-1]]

    @task
    def nearest(points: list[Point], to: Point, within: float) -> Point | None:
        return min((point for point in points if point.distance(to) <= within), key=to.distance, default=None)

    @workflow
    def nearest_corner(shape: Polygon, to: Point, within: float) -> Point | None:
        return nearest(points=corners(shape=shape), to=to, within=within)

    assert nearest_corner(shape=box(0, 0, 2, 2), to=Point(3, 3), within=2.0) == Point(2, 2)
    assert nearest_corner(shape=box(0, 0, 2, 2), to=Point(3, 3), within=1.0) is None


@pytest.mark.parametrize("declared_as_its_own_kind", [True, False])
@pytest.mark.parametrize(
    "wkt",
    [
        "POINT (0.1 0.2)",
        "POINT Z (1 2 3)",
        "POINT EMPTY",
        "LINESTRING (0 0, 1 1)",
        "POLYGON ((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))",
        "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
    ],
)
def test_every_kind_of_geometry_round_trips(wkt, declared_as_its_own_kind):
    geometry = shapely.from_wkt(wkt)
    received = round_trip(geometry, type(geometry) if declared_as_its_own_kind else shapely.Geometry)
    assert shapely.equals_identical(received, geometry)


def test_the_srid_is_kept():
    assert shapely.get_srid(round_trip(shapely.set_srid(Point(10.7, 59.9), 4326), Point)) == 4326


def test_a_declared_ring_stays_a_ring():
    ring = shapely.set_srid(LinearRing(SQUARE), 4326)
    received = round_trip(ring, LinearRing)
    assert shapely.equals_identical(received, ring)
    assert shapely.get_srid(received) == 4326


def test_an_open_line_is_refused_where_a_ring_is_declared():
    with pytest.raises(TypeTransformerFailedError, match="LinearRing"):
        round_trip(LineString([(0, 0), (1, 0), (1, 1)]), LineString, read_as=LinearRing)


@pytest.mark.parametrize("shape", [Point(1, 2), box(0, 0, 1, 1)])
def test_a_union_keeps_its_variant(shape):
    assert round_trip(shape, Point | Polygon) == shape


def test_another_kind_of_geometry_is_refused():
    with pytest.raises(TypeTransformerFailedError, match="Polygon"):
        round_trip(Point(0, 0), Polygon)
    with pytest.raises(TypeTransformerFailedError, match="Polygon"):
        round_trip(Point(0, 0), shapely.Geometry, read_as=Polygon)


def test_another_type_is_refused_by_a_workflow():
    @task
    def wrong() -> Point:
        return "POINT (0 0)"  # type: ignore[return-value]

    with pytest.raises(TypeError, match="Point"):
        wrong()


@pytest.mark.parametrize(
    ("binary", "message"),
    [
        (Binary(b"\x80", "msgpack"), "Cannot read a geometry"),
        (Binary(b"nonsense", "wkb"), "Cannot read a Point: .*WKB"),
    ],
)
def test_a_literal_that_holds_no_geometry_is_refused(binary, message):
    ctx = FlyteContextManager.current_context()
    with pytest.raises(TypeTransformerFailedError, match=message):
        TypeEngine.to_python_value(ctx, Literal(scalar=Scalar(binary=binary)), Point)


def test_a_literal_of_another_kind_is_refused():
    with pytest.raises(TypeTransformerFailedError, match="Cannot read a geometry"):
        round_trip(1, int, read_as=Point)


def test_a_deck_draws_the_geometry():
    html = GeometryRenderer(title="Site").to_html(box(0, 0, 2, 1))
    drawing = ElementTree.fromstring(html[html.index("<svg") :])
    assert "<h3>Site</h3>" in html
    assert "Polygon, bounds 0.0, 0.0, 2.0, 1.0" in html
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) == 1


def test_an_empty_geometry_has_a_deck_too():
    assert "<p>Polygon</p>" in GeometryRenderer().to_html(Polygon())


def test_a_hostile_title_is_escaped():
    html = GeometryRenderer(title="<script>alert(1)</script>").to_html(Point(0, 0))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_renderer_of_the_annotated_type_is_used():
    annotated = typing.Annotated[Point, GeometryRenderer(title="Mine")]
    shown = TypeEngine.to_html(FlyteContextManager.current_context(), Point(1, 2), annotated)
    assert "<h3>Mine</h3>" in shown
    assert round_trip(Point(1, 2), annotated) == Point(1, 2)
