from __future__ import annotations

import datetime
import uuid

import msgspec
import pytest
from flytekit import FlyteContextManager, task, workflow
from flytekit.core.type_engine import TypeEngine, TypeTransformerFailedError
from flytekit.models.literals import Binary, Literal, Scalar
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from flytekitplugins.msgspec import StructTransformer


class Address(msgspec.Struct, frozen=True):
    city: str
    zip_code: str = msgspec.field(name="zip", default="")


class Customer(msgspec.Struct, rename="camel"):
    name: str
    home_address: Address
    lucky_numbers: list[int] = []


class Sample(msgspec.Struct):
    key: uuid.UUID
    taken_at: datetime.datetime
    took: datetime.timedelta
    raw: bytes
    counts: dict[int, float]
    span: tuple[int, str]


class Tree(msgspec.Struct):
    label: str
    children: list[Tree] = []


class Circle(msgspec.Struct, tag=True):
    radius: float


class Square(msgspec.Struct, tag=True):
    side: float


@task
def register(name: str) -> Customer:
    return Customer(name, Address("Oslo", "0150"), [3, 7])


@task
def move(customer: Customer, city: str) -> Customer:
    return Customer(customer.name, Address(city), customer.lucky_numbers)


@task
def shout(text: str) -> str:
    return text.upper()


@task
def total(numbers: list[int]) -> int:
    return sum(numbers)


def round_trip(value, python_type):
    ctx = FlyteContextManager.current_context()
    literal = TypeEngine.to_literal(ctx, value, python_type, TypeEngine.to_literal_type(python_type))
    sent = Literal.from_flyte_idl(literal.to_flyte_idl())
    return TypeEngine.to_python_value(ctx, sent, python_type)


def test_a_struct_passes_through_a_workflow():
    @workflow
    def relocate(name: str) -> Customer:
        return move(customer=register(name=name), city="Bergen")

    assert relocate(name="octocat") == Customer("octocat", Address("Bergen"), [3, 7])


def test_a_field_of_a_struct_can_be_the_input_of_the_next_task():
    @workflow
    def read_fields(name: str) -> tuple[str, int]:
        customer = register(name=name)
        return shout(text=customer.homeAddress.city), total(numbers=customer.luckyNumbers)

    assert read_fields(name="octocat") == ("OSLO", 10)


def test_a_nested_struct_can_be_the_input_of_the_next_task():
    @task
    def city_of(address: Address) -> str:
        return address.city

    @workflow
    def read_city(name: str) -> str:
        return city_of(address=register(name=name).homeAddress)

    assert read_city(name="octocat") == "Oslo"


def test_structs_in_lists_dictionaries_and_optionals_pass_through_a_workflow():
    @task
    def by_city(addresses: list[Address]) -> dict[str, Address]:
        return {address.city: address for address in addresses}

    @task
    def first(found: dict[str, Address], city: str) -> Address | None:
        return found.get(city)

    @workflow
    def find(addresses: list[Address], city: str) -> Address | None:
        return first(found=by_city(addresses=addresses), city=city)

    addresses = [Address("Oslo"), Address("Bergen", "5003")]
    assert find(addresses=addresses, city="Bergen") == Address("Bergen", "5003")
    assert find(addresses=addresses, city="Paris") is None


@pytest.mark.parametrize("timezone", [None, datetime.timezone.utc])
def test_types_that_only_msgspec_knows_round_trip(timezone):
    sample = Sample(
        key=uuid.UUID(int=7),
        taken_at=datetime.datetime(2024, 2, 29, 12, 30, tzinfo=timezone),
        took=datetime.timedelta(seconds=1.5),
        raw=b"\x00\xff",
        counts={1: 0.5},
        span=(3, "m"),
    )
    assert round_trip(sample, Sample) == sample


def test_a_recursive_struct_round_trips():
    tree = Tree("root", [Tree("leaf"), Tree("branch", [Tree("leaf")])])
    assert round_trip(tree, Tree) == tree


@pytest.mark.parametrize("shape", [Circle(2.0), Square(3.0)])
def test_a_union_of_tagged_structs_keeps_its_variant(shape):
    assert round_trip(shape, Circle | Square) == shape


def test_the_interface_carries_the_schema_and_the_fields():
    literal_type = TypeEngine.to_literal_type(Customer)
    assert literal_type.metadata["title"] == "Customer"
    assert literal_type.metadata["required"] == ["name", "homeAddress"]
    assert set(literal_type.structure.dataclass_type) == {"name", "homeAddress", "luckyNumbers"}
    assert set(literal_type.structure.dataclass_type["homeAddress"].structure.dataclass_type) == {
        "city",
        "zip",
    }


def test_the_type_can_be_rebuilt_from_the_interface_alone():
    guessed = TypeEngine.guess_python_type(TypeEngine.to_literal_type(Address))
    assert guessed.__name__ == "Address"
    assert guessed(city="Oslo", zip="0150").city == "Oslo"


def test_the_console_sends_numbers_as_floats_and_keys_as_text():
    generic = ParseDict({"name": "octocat", "homeAddress": {"city": "Oslo"}, "luckyNumbers": [3.0, 7.0]}, Struct())
    literal = Literal(scalar=Scalar(generic=generic))
    value = TypeEngine.to_python_value(FlyteContextManager.current_context(), literal, Customer)
    assert value == Customer("octocat", Address("Oslo"), [3, 7])
    assert all(type(number) is int for number in value.lucky_numbers)


def test_another_type_is_refused_by_a_workflow():
    @task
    def wrong() -> Customer:
        return Address("Oslo")  # type: ignore[return-value]

    with pytest.raises(TypeError, match="Customer"):
        wrong()


def test_a_value_that_is_not_valid_for_the_struct_is_refused_where_it_is_read():
    with pytest.raises(TypeTransformerFailedError, match=r"Not a valid Address: Expected `str`, got `int`.*\$\.city"):
        round_trip(Address(17), Address)  # type: ignore[arg-type]


def test_a_literal_of_another_kind_is_refused():
    ctx = FlyteContextManager.current_context()
    transformer = StructTransformer()
    with pytest.raises(TypeTransformerFailedError, match="Unsupported binary format `wkb`"):
        transformer.to_python_value(ctx, Literal(scalar=Scalar(binary=Binary(b"", "wkb"))), Address)
    number = TypeEngine.to_literal(ctx, 1, int, TypeEngine.to_literal_type(int))
    with pytest.raises(TypeTransformerFailedError, match="Cannot read Address"):
        transformer.to_python_value(ctx, number, Address)


def test_the_deck_shows_json_and_escapes_it():
    shown = TypeEngine.to_html(FlyteContextManager.current_context(), Address("<script>alert(1)</script>"), Address)
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
