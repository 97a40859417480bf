"""Pass physical quantities between Flyte tasks."""

from .transformer import QuantityTransformer, Unit

__all__ = ["QuantityTransformer", "Unit"]
