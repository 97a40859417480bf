"""Lets docstrings written for readers of the source be shown as Markdown: roles become code, doctests become blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLE = re.compile(r":(?:class|func|meth|mod|data):`~?([^`]+)`")


class Roles(griffe.Extension):
    """Rewrites each docstring once, when its object has been read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of any object."""
        if obj.docstring is not None:
            obj.docstring.value = "\n".join(_fenced(_ROLE.sub(r"`\1`", obj.docstring.value).replace("::\n", ":\n")))


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
