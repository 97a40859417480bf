"""Convert docstrings to Markdown for the library reference.

Roles become code, doctests become code blocks, and the fields of a record are listed above its docstring.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORDS = frozenset({"NamedTuple", "Variant", "msgspec.Struct", "Struct"})
_ROLE = re.compile(r":(?:class|func|meth|mod|data):`~?([^`]+)`")


class Roles(griffe.Extension):
    """Rewrite each docstring once, after its object is loaded."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of an object."""
        if obj.docstring is not None:
            text = _ROLE.sub(r"`\1`", obj.docstring.value).replace("::\n", ":\n")
            obj.docstring.value = _fields(obj) + "\n".join(_fenced(text))


def _fields(obj: griffe.Object) -> str:
    if not isinstance(obj, griffe.Class) or not _is_record(obj):
        return ""
    lines = [f"{name}: {field.annotation}{_default(field)}" for name, field in obj.attributes.items() if _stated(field)]
    return "\n".join(["```python", *lines, "```", "", ""])


def _is_record(obj: griffe.Class) -> bool:
    decorators = (str(decorator.value).partition("(")[0] for decorator in obj.decorators)
    return not _RECORDS.isdisjoint(map(str, obj.bases)) or "dataclass" in decorators


def _stated(field: griffe.Attribute) -> bool:
    return field.annotation is not None and "property" not in field.labels and not field.name.startswith("_")


def _default(field: griffe.Attribute) -> str:
    return "" if field.value is None else f" = {field.value}"


def _fenced(text: str) -> Iterator[str]:
    inside = False
    for line in text.splitlines():
        if line.startswith(">>>") and not inside:
            inside = True
            yield "```pycon"
        elif inside and not line.strip():
            inside = False
            yield "```"
        yield line
    if inside:
        yield "```"
