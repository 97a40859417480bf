"""The Flyte form of a quantity: a map of its magnitude and its unit."""

from __future__ import annotations

import html
from typing import Any, NamedTuple, get_args

import msgpack
import pint
from flytekit import FlyteContext
from flytekit.core.constants import CACHE_KEY_METADATA, MESSAGEPACK, SERIALIZATION_FORMAT
from flytekit.core.type_engine import TypeEngine, TypeTransformer, TypeTransformerFailedError
from flytekit.models.annotation import TypeAnnotation
from flytekit.models.literals import Binary, Literal, Scalar
from flytekit.models.types import LiteralType, SimpleType, TypeStructure
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

_SCHEMA = {
    "title": "Quantity",
    "type": "object",
    "properties": {"magnitude": {"type": "number"}, "units": {"type": "string"}},
    "required": ["magnitude", "units"],
}


class Unit(NamedTuple):
    """In ``Annotated[Quantity, Unit("km/h")]``: the unit that a task wants or returns."""

    name: str


class QuantityTransformer(TypeTransformer[pint.Quantity]):
    """Carries a quantity as Flyte carries a dataclass, so that a promise has its magnitude and units."""

    def __init__(self) -> None:
        super().__init__("Pint quantity", pint.Quantity)

    def get_literal_type(self, t: type[pint.Quantity]) -> LiteralType:
        """Describe a quantity: its JSON schema, for the console, and its fields, for attribute access."""
        fields = {"magnitude": TypeEngine.to_literal_type(float), "units": TypeEngine.to_literal_type(str)}
        return LiteralType(
            simple=SimpleType.STRUCT,
            metadata=_SCHEMA,
            structure=TypeStructure(tag="", dataclass_type=fields),
            annotation=TypeAnnotation({CACHE_KEY_METADATA: {SERIALIZATION_FORMAT: MESSAGEPACK}}),
        )

    def to_literal(
        self,
        ctx: FlyteContext,
        python_val: pint.Quantity,
        python_type: type[pint.Quantity],
        expected: LiteralType,
    ) -> Literal:
        """Encode a quantity, in the declared unit if there is one.

        Raises:
            TypeTransformerFailedError: It is no quantity, of another dimension, or no integer or float.
        """
        self.assert_type(pint.Quantity, python_val)
        quantity = _in_declared_unit(python_val, python_type)
        if not isinstance(quantity.magnitude, (int, float)):
            kind = type(quantity.magnitude).__name__
            raise TypeTransformerFailedError(f"The magnitude of a quantity must be an int or a float, not {kind}")
        fields = {"magnitude": quantity.magnitude, "units": f"{quantity.units:D}"}
        return Literal(scalar=Scalar(binary=Binary(value=msgpack.dumps(fields), tag=MESSAGEPACK)))

    def to_python_value(
        self, ctx: FlyteContext, lv: Literal, expected_python_type: type[pint.Quantity]
    ) -> pint.Quantity:
        """Decode a quantity, in the declared unit if there is one.

        Raises:
            TypeTransformerFailedError: The literal is no quantity, or its unit is unknown or does not fit.
        """
        if lv.scalar is not None and lv.scalar.binary is not None:
            return self.from_binary_idl(lv.scalar.binary, expected_python_type)
        if lv.scalar is not None and lv.scalar.generic is not None:
            return self.from_generic_idl(lv.scalar.generic, expected_python_type)
        raise TypeTransformerFailedError(f"Cannot read a quantity from {lv}")

    def from_binary_idl(self, binary_idl_object: Binary, expected_python_type: type[pint.Quantity]) -> pint.Quantity:
        """Decode a quantity from MessagePack."""
        if binary_idl_object.tag != MESSAGEPACK:
            raise TypeTransformerFailedError(f"Unsupported binary format `{binary_idl_object.tag}`")
        return _quantity(msgpack.loads(binary_idl_object.value), expected_python_type)

    def from_generic_idl(self, generic: Struct, expected_python_type: type[pint.Quantity]) -> pint.Quantity:
        """Decode a quantity from the protobuf struct that the console sends."""
        return _quantity(MessageToDict(generic), expected_python_type)

    def to_html(self, ctx: FlyteContext, python_val: pint.Quantity, expected_python_type: type[pint.Quantity]) -> str:
        """Show a quantity in a deck with the symbols of its units."""
        return html.escape(f"{python_val:~P}")


def _quantity(fields: Any, python_type: type[pint.Quantity]) -> pint.Quantity:
    try:
        magnitude, units = fields["magnitude"], fields["units"]
    except (KeyError, TypeError) as error:
        raise TypeTransformerFailedError(f"A quantity has a magnitude and units, not {fields!r}") from error
    try:
        quantity = pint.get_application_registry().Quantity(magnitude, units)
    except pint.UndefinedUnitError as error:
        raise TypeTransformerFailedError(
            f"{error}; if it is yours, define it in the application registry of every task"
        ) from error
    return _in_declared_unit(quantity, python_type)


def _in_declared_unit(quantity: pint.Quantity, python_type: type[pint.Quantity]) -> pint.Quantity:
    units = [annotation for annotation in get_args(python_type)[1:] if isinstance(annotation, Unit)]
    try:
        return quantity.to(units[-1].name) if units else quantity
    except (pint.DimensionalityError, pint.UndefinedUnitError) as error:
        raise TypeTransformerFailedError(str(error)) from error


TypeEngine.register(QuantityTransformer())
