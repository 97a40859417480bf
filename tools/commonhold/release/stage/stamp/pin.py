"""Requirements (PEP 508) whose version is replaced: name, extras and marker stay as they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = re.compile(r"\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\s*\[[^\[\]]*\])?", re.ASCII)
_COMMENT = re.compile(r"(?:^|(?<!\s)\s+)#")
_URL = re.compile(r"\s*@\s*\S+")


def pin_requirement(text: str, pins: Mapping[str, str]) -> str:
    """A requirement with the specifier that ``pins`` has for its name; as written when it has none, or it is none.

    An address (``name @ file:...``) gives way too: an index takes no such requirement.

    >>> pin("Spark[yaml] >=1,<2 ; python_version < '3.11'", {"spark": "~=1.17.0"})
    "Spark[yaml]~=1.17.0 ; python_version < '3.11'"
    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return text
    specifier = pins.get(canonicalize_name(requirement.name))
    head = _HEAD.match(text)
    if specifier is None or head is None:
        return text
    rest = text[head.end() :]
    if requirement.url:
        marker = _URL.sub("", rest, count=1)
    else:
        clauses, semicolon, condition = rest.partition(";")
        marker = clauses[len(clauses.rstrip()) :] + semicolon + condition
    return f"{head[0]}{specifier}{marker}"


def pin_lines(text: str, pins: Mapping[str, str]) -> str:
    """Requirements, one a line, each pinned; space around them, comments and the ends of lines stay."""
    return "".join(_pin_line(line, pins) for line in text.splitlines(keepends=True))


def _pin_line(line: str, pins: Mapping[str, str]) -> str:
    comment = _COMMENT.search(line)
    body = line[: comment.start()] if comment else line
    inner = body.strip()
    if not inner:
        return line
    start = body.index(inner)
    return line[:start] + pin_requirement(inner, pins) + line[start + len(inner) :]
