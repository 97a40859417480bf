"""Pass ``msgspec.Struct`` values between Flyte tasks."""

from .transformer import StructTransformer

__all__ = ["StructTransformer"]
