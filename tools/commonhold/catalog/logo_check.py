"""Check logos: an SVG that draws, and does nothing else."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

LARGEST_LOGO = 64 * 1024
"""The maximum size of a logo in bytes."""

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "style", "path", "rect", "circle", "ellipse", "line"),
        *("polyline", "polygon", "text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "mask"),
        *("pattern", "filter", "feGaussianBlur", "feOffset", "feBlend", "feColorMatrix", "feComposite", "feFlood"),
        *("feMerge", "feMergeNode"),
    )
)
_DECLARATION = re.compile(rb"<!(?!--)|<\?(?!xml\s)", re.IGNORECASE)
_OUTSIDE = re.compile(r"url\(\s*[\"']?(?!#)|@|\\|expression\(|[a-z]+:(?://|\s*[a-z]+/)|javascript:", re.IGNORECASE)


def logo_problem(data: bytes) -> str | None:
    """Return why an SVG cannot be a logo, or ``None`` if it can.

    >>> logo_problem(b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>')
    >>> logo_problem(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
    'the element <script> is not allowed'
    """
    if len(data) > LARGEST_LOGO:
        return f"it has more than {LARGEST_LOGO:,} bytes"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "it is not UTF-8"
    if _DECLARATION.search(data):
        return "it contains a document type, an entity or a processing instruction"
    try:
        root = ET.fromstring(text.encode("utf-8"))  # noqa: S314 - entities were refused above
    except (ET.ParseError, LookupError, ValueError):
        return "it is not well-formed XML in UTF-8"
    if root.tag != f"{_SVG}svg":
        return "its root is not an svg element"
    return next(filter(None, map(_element_problem, root.iter())), None)


def _element_problem(element: ET.Element) -> str | None:
    name = element.tag.removeprefix(_SVG)
    if name not in _ELEMENTS:
        return f"the element <{name.rpartition('}')[2][:50]}> is not allowed"
    if name == "style" and _OUTSIDE.search(element.text or ""):
        return "its style refers to something outside the file"
    for attribute, value in element.attrib.items():
        plain = attribute.rpartition("}")[2]
        if plain.lower().startswith("on") or plain in ("src", "base"):
            return f"the attribute {plain[:50]} is not allowed"
        if (plain == "href" and not value.startswith("#")) or _OUTSIDE.search(value):
            return f"the attribute {plain[:50]} refers to something outside the file"
    return None
