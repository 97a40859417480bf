"""Check logos: an SVG that draws, and does nothing else."""

from __future__ import annotations

import re
from xml.etree.ElementTree import ParseError, XMLPullParser

LARGEST_LOGO = 64 * 1024
"""The maximum size of a logo in bytes."""

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset(
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan linearGradient "
    "radialGradient stop clipPath mask pattern filter feGaussianBlur feOffset feBlend feColorMatrix feComposite feFlood "
    "feMerge feMergeNode".split()
)
_DECLARATION = re.compile(rb"<!(?!--)|<\?(?!xml\s)", re.IGNORECASE)
_OTHER_URL = re.compile(r"url\(\s*[\"']?(?!#)|@import|expression\(|javascript:|data:", re.IGNORECASE)
_MOST_ELEMENTS = 5000


def logo_problem(data: bytes) -> str | None:
    """Return why an SVG cannot be a logo, or ``None`` if it can.

    >>> logo_problem(b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>')
    >>> logo_problem(b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
    'the element <script> is not allowed'
    """
    if len(data) > LARGEST_LOGO:
        return f"it has more than {LARGEST_LOGO:,} bytes"
    if b"\0" in data or not data.isascii() and not _is_utf8(data):
        return "it is not UTF-8"
    if _DECLARATION.search(data):
        return "it contains a document type, an entity or a processing instruction"
    parser = XMLPullParser(events=("start",))  # noqa: S314 - entities were refused above
    try:
        parser.feed(data)
        parser.close()
        elements = [element for _, element in parser.read_events()]
    except ParseError:
        return "it is not well-formed XML"
    if len(elements) > _MOST_ELEMENTS:
        return f"it has more than {_MOST_ELEMENTS:,} elements"
    if not elements or elements[0].tag != f"{_SVG}svg":
        return "its root is not an svg element"
    for element in elements:
        name = element.tag.removeprefix(_SVG)
        if name not in _ELEMENTS:
            return f"the element <{name.rpartition('}')[2][:50]}> is not allowed"
        for attribute, value in element.attrib.items():
            plain = attribute.rpartition("}")[2]
            if plain.lower().startswith("on") or plain in ("style", "src", "base"):
                return f"the attribute {plain[:50]} is not allowed"
            if (plain == "href" and not value.startswith("#")) or _OTHER_URL.search(value):
                return f"the attribute {plain[:50]} refers to something outside the file"
    return None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
