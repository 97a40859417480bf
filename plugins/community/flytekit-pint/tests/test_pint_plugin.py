from __future__ import annotations

import decimal
import typing

import msgpack
import msgspec
import pint
import pytest
from flytekit import FlyteContextManager, task, workflow
from flytekit.core.type_engine import TypeEngine, TypeTransformerFailedError
from flytekit.models.literals import Binary, Literal, Scalar
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pint import Quantity

from flytekitplugins.contrib.pint import Unit

Metres = typing.Annotated[Quantity, Unit("m")]
Speed = typing.Annotated[Quantity, Unit("km/h")]


class Leg(msgspec.Struct):
    name: str
    metres: float


@task
def speed(distance: Quantity, time: Quantity) -> Speed:
    return distance / time


@task
def double(number: float) -> float:
    return 2 * number


def to_python(literal, python_type=Quantity):
    return TypeEngine.to_python_value(FlyteContextManager.current_context(), literal, python_type)


def round_trip(value, python_type=Quantity, read_as=None):
    ctx = FlyteContextManager.current_context()
    literal = TypeEngine.to_literal(ctx, value, python_type, TypeEngine.to_literal_type(python_type))
    return to_python(Literal.from_flyte_idl(literal.to_flyte_idl()), read_as or python_type)


def test_a_quantity_passes_through_a_workflow_in_the_declared_unit():
    @task
    def is_legal(speed: Speed) -> bool:
        assert f"{speed.units:~}" == "km / h"
        return speed.magnitude <= 50

    @workflow
    def check(distance: Quantity, time: Quantity) -> bool:
        return is_legal(speed=speed(distance=distance, time=time))

    assert check(distance=Quantity(1, "mile"), time=Quantity(3, "minutes"))
    assert not check(distance=Quantity(1, "mile"), time=Quantity(1, "minutes"))


def test_the_magnitude_can_be_the_input_of_the_next_task():
    @workflow
    def double_speed(distance: Quantity, time: Quantity) -> float:
        return double(number=speed(distance=distance, time=time).magnitude)

    assert double_speed(distance=Quantity(30.0, "km"), time=Quantity(1.0, "h")) == pytest.approx(60.0)


def test_quantities_and_msgspec_structs_share_a_workflow():
    @task
    def parse(line: str) -> Leg:
        name, metres = line.split()
        return Leg(name, float(metres))

    @task
    def length(leg: Leg) -> Metres:
        return Quantity(leg.metres, "m")

    @task
    def rename(leg: Leg, length: typing.Annotated[Quantity, Unit("km")]) -> Leg:
        return Leg(f"{leg.name} ({length:~})", leg.metres)

    @workflow
    def label(line: str) -> Leg:
        leg = parse(line=line)
        return rename(leg=leg, length=length(leg=leg))

    assert label(line="coast 1500") == Leg("coast (1.5 km)", 1500.0)


@pytest.mark.parametrize("magnitude", [7, -0.1, float("inf")])
@pytest.mark.parametrize("units", ["", "m", "kg*m/s**2", "degC", "1/cm**0.5"])
def test_magnitude_and_unit_round_trip(magnitude, units):
    received = round_trip(Quantity(magnitude, units))
    assert received.units == Quantity(1, units).units
    assert received.magnitude == magnitude
    assert type(received.magnitude) is type(magnitude)


def test_a_received_quantity_works_with_those_of_the_application_registry():
    total = round_trip(Quantity(1, "km")) + Quantity(1, "m")
    assert total.m_as("m") == pytest.approx(1001)


def test_a_quantity_is_converted_to_the_unit_that_the_reader_declares():
    assert round_trip(Quantity(1.5, "km"), read_as=Metres).magnitude == pytest.approx(1500)
    assert round_trip(Quantity(20.0, "degC"), read_as=typing.Annotated[Quantity, Unit("K")]).magnitude == 293.15


def test_another_dimension_is_refused_where_it_is_returned_and_where_it_is_read():
    with pytest.raises(TypeTransformerFailedError, match=r"Cannot convert from 'second'.*to 'meter'"):
        round_trip(Quantity(1, "s"), Metres)
    with pytest.raises(TypeTransformerFailedError, match=r"Cannot convert from 'second'.*to 'meter'"):
        round_trip(Quantity(1, "s"), read_as=Metres)


def test_a_declared_unit_that_does_not_exist_is_an_error():
    with pytest.raises(TypeTransformerFailedError, match="'smoot' is not defined"):
        round_trip(Quantity(1, "m"), typing.Annotated[Quantity, Unit("smoot")])


def test_a_unit_of_a_private_registry_is_refused_with_the_way_out():
    private = pint.UnitRegistry()
    private.define("smoot = 1.7018 m")
    with pytest.raises(TypeTransformerFailedError, match=r"'smoot' is not defined.*application registry"):
        round_trip(private.Quantity(1, "smoot"))


def test_another_type_is_refused_by_a_workflow():
    @task
    def plain() -> Quantity:
        return 3.0  # type: ignore[return-value]

    @task
    def with_a_unit() -> Metres:
        return 3.0  # type: ignore[return-value]

    for wrong in (plain, with_a_unit):
        with pytest.raises(TypeError, match="Quantity"):
            wrong()


def test_a_magnitude_that_is_no_float_is_refused():
    with pytest.raises(TypeTransformerFailedError, match="not Decimal"):
        round_trip(pint.UnitRegistry(non_int_type=decimal.Decimal).Quantity(decimal.Decimal("1.5"), "m"))


def test_the_console_sends_a_protobuf_struct():
    generic = ParseDict({"magnitude": 1.5, "units": "km"}, Struct())
    assert to_python(Literal(scalar=Scalar(generic=generic)), Metres) == Quantity(1500, "m")


@pytest.mark.parametrize(
    ("binary", "message"),
    [
        (Binary(b"", "wkb"), "Unsupported binary format `wkb`"),
        (Binary(msgpack.dumps({"magnitude": 1}), "msgpack"), "a magnitude and units"),
        (Binary(msgpack.dumps(1), "msgpack"), "a magnitude and units"),
    ],
)
def test_a_literal_that_holds_no_quantity_is_refused(binary, message):
    with pytest.raises(TypeTransformerFailedError, match=message):
        to_python(Literal(scalar=Scalar(binary=binary)))


def test_a_literal_of_another_kind_is_refused():
    with pytest.raises(TypeTransformerFailedError, match="Cannot read a quantity"):
        round_trip(1, int, read_as=Quantity)


def test_a_deck_shows_the_symbols_of_the_units():
    ctx = FlyteContextManager.current_context()
    assert TypeEngine.to_html(ctx, Quantity(9.81, "m/s**2"), Quantity) == "9.81 m/s²"
