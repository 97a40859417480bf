"""Geometries as SVG. Needs the extra ``deck``."""

from __future__ import annotations

import shapely

from flytekitplugins.jinja2 import TemplateRenderer

_SOURCE = """\
<h3>{{ title }}</h3>
<p>{{ value.geom_type }}
{%- if not value.is_empty %}, bounds {{ value.bounds | map("round", 6) | join(", ") }}{% endif %}</p>
{{ value._repr_svg_() | safe }}
"""


class GeometryRenderer:
    """Draws a geometry, under a title, its kind and its bounds.

    Args:
        title: The heading.
    """

    def __init__(self, title: str = "Geometry") -> None:
        self._template = TemplateRenderer(_SOURCE, title=title)

    def to_html(self, python_value: shapely.Geometry) -> str:
        """Return the drawing; the title is escaped."""
        return self._template.to_html(python_value)
