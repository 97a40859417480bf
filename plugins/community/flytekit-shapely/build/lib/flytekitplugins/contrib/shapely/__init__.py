"""Pass Shapely geometries between Flyte tasks.

The deck renderer is in ``flytekitplugins.contrib.shapely.deck``, which needs the extra ``deck``.
"""

from .transformer import GeometryTransformer

__all__ = ["GeometryTransformer"]
