"""Pass RDF graphs between Flyte tasks, and draw them in decks."""

from .drawing import to_networkx
from .transformer import RdfGraphTransformer

__all__ = ["RdfGraphTransformer", "to_networkx"]
