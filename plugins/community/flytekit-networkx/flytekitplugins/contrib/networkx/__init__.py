"""Pass NetworkX graphs between Flyte tasks, and draw them in decks."""

from .renderer import GraphRenderer
from .transformer import GraphTransformer

__all__ = ["GraphRenderer", "GraphTransformer"]
