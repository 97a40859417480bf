"""The Flyte form of a msgspec struct."""

from __future__ import annotations

import html
from contextvars import ContextVar
from typing import Any

import msgspec
from flytekit import FlyteContext
from flytekit.core.constants import CACHE_KEY_METADATA, MESSAGEPACK, SERIALIZATION_FORMAT
from flytekit.core.type_engine import (
    TypeEngine,
    TypeTransformer,
    TypeTransformerFailedError,
    get_underlying_type,
)
from flytekit.models.annotation import TypeAnnotation
from flytekit.models.literals import Binary, Literal, Scalar
from flytekit.models.types import LiteralType, SimpleType, TypeStructure
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

_being_described: ContextVar[frozenset[type]] = ContextVar("_being_described", default=frozenset())


class StructTransformer(TypeTransformer[msgspec.Struct]):
    """Carries a struct as a MessagePack map, which is how Flyte carries dataclasses.

    That makes attribute access on a promise work, locally and on a cluster.
    """

    def __init__(self) -> None:
        super().__init__("msgspec Struct", msgspec.Struct)

    def get_literal_type(self, t: type[msgspec.Struct]) -> LiteralType:
        """Describe a struct: its JSON schema, for the console, and its fields, for attribute access."""
        struct = get_underlying_type(t)
        return LiteralType(
            simple=SimpleType.STRUCT,
            metadata=_json_schema(struct),
            structure=TypeStructure(tag="", dataclass_type=_field_types(struct)),
            annotation=TypeAnnotation({CACHE_KEY_METADATA: {SERIALIZATION_FORMAT: MESSAGEPACK}}),
        )

    def to_literal(
        self,
        ctx: FlyteContext,
        python_val: msgspec.Struct,
        python_type: type[msgspec.Struct],
        expected: LiteralType,
    ) -> Literal:
        """Encode a struct.

        Raises:
            TypeTransformerFailedError: It is no ``python_type``, or msgspec cannot encode one of its values.
        """
        self.assert_type(get_underlying_type(python_type), python_val)
        try:
            # Straight to MessagePack, msgspec writes an aware datetime as an extension type, which
            # Flyte cannot carry through attribute access; the builtin form of it is text.
            builtins = msgspec.to_builtins(python_val, builtin_types=(bytes, bytearray, memoryview))
            encoded = msgspec.msgpack.encode(builtins)
        except (TypeError, ValueError) as error:
            raise TypeTransformerFailedError(f"Cannot encode {type(python_val).__name__}: {error}") from error
        return Literal(scalar=Scalar(binary=Binary(value=encoded, tag=MESSAGEPACK)))

    def to_python_value(
        self, ctx: FlyteContext, lv: Literal, expected_python_type: type[msgspec.Struct]
    ) -> msgspec.Struct:
        """Decode and validate a struct, from a task's output (MessagePack) or from the console (protobuf).

        Raises:
            TypeTransformerFailedError: The literal is neither, or is not valid for the struct.
        """
        if lv.scalar is not None and lv.scalar.binary is not None:
            return self.from_binary_idl(lv.scalar.binary, expected_python_type)
        if lv.scalar is not None and lv.scalar.generic is not None:
            return self.from_generic_idl(lv.scalar.generic, expected_python_type)
        raise TypeTransformerFailedError(f"Cannot read {_name(expected_python_type)} from {lv}")

    def from_binary_idl(self, binary_idl_object: Binary, expected_python_type: type[msgspec.Struct]) -> msgspec.Struct:
        """Decode a struct from MessagePack; flytekit also calls this for a struct that is a field."""
        if binary_idl_object.tag != MESSAGEPACK:
            raise TypeTransformerFailedError(f"Unsupported binary format `{binary_idl_object.tag}`")
        try:
            return msgspec.msgpack.decode(binary_idl_object.value, type=expected_python_type)
        except msgspec.MsgspecError as error:
            raise _invalid(expected_python_type, error) from error

    def from_generic_idl(self, generic: Struct, expected_python_type: type[msgspec.Struct]) -> msgspec.Struct:
        """Decode a struct from the protobuf struct that the console sends."""
        try:
            # Every number of a protobuf struct is a float and every key is text: hence not strict.
            return msgspec.convert(MessageToDict(generic), expected_python_type, strict=False, str_keys=True)
        except msgspec.MsgspecError as error:
            raise _invalid(expected_python_type, error) from error

    def to_html(self, ctx: FlyteContext, python_val: msgspec.Struct, expected_python_type: type[msgspec.Struct]) -> str:
        """Show a struct in a deck as indented JSON."""
        text = msgspec.json.format(msgspec.json.encode(python_val), indent=2).decode()
        return f"<pre>{html.escape(text)}</pre>"


def _json_schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The struct's own schema at the top, where flytekit and the console look for title and properties."""
    schema = msgspec.json.schema(struct)
    definitions = schema["$defs"]
    own = schema["$ref"].removeprefix("#/$defs/")
    return {**definitions[own], "$defs": definitions}


def _field_types(struct: type[msgspec.Struct]) -> dict[str, LiteralType]:
    """The fields that Flyte has a type for, by encoded name.

    A Flyte type is a tree, so a struct inside itself is described without its fields.
    """
    outer = _being_described.get()
    if struct in outer:
        return {}
    token = _being_described.set(outer | {struct})
    try:
        return {
            field.encode_name: literal_type
            for field in msgspec.structs.fields(struct)
            if (literal_type := _literal_type_or_none(field.type)) is not None
        }
    finally:
        _being_described.reset(token)


def _literal_type_or_none(field_type: Any) -> LiteralType | None:
    try:
        return TypeEngine.to_literal_type(field_type)
    except Exception:  # noqa: BLE001  # any transformer answers here, and each refuses a type in its own way
        return None


def _invalid(struct: type[msgspec.Struct], error: msgspec.MsgspecError) -> TypeTransformerFailedError:
    return TypeTransformerFailedError(f"Not a valid {_name(struct)}: {error}")


def _name(struct: type[msgspec.Struct]) -> str:
    return str(get_underlying_type(struct).__name__)


TypeEngine.register(StructTransformer())
