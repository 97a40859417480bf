"""A page as what one does with it: files to write, commands to type, and what these print.

A block with a title is a file, or what is added at the end of one. In a ``console`` block a line that begins
with ``$`` is a command, and the others are what it prints, ``...`` standing for anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = re.compile(r"^```(?P<language>\w+)(?P<attributes>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDED = " (at the end)"
_TITLE = re.compile(r'title="([^"]+)"')


class File(NamedTuple):
    """A file to write."""

    path: str
    text: str
    append: bool = False

    def write(self, folder: Path) -> None:
        """Write it, in a folder."""
        target = folder / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a" if self.append else "w", encoding="utf-8") as file:
            file.write(self.text)


class Command(NamedTuple):
    """A command to type, and what it prints."""

    line: str
    output: str

    def prints(self, actual: str) -> bool:
        """Whether that is what it printed, trailing blanks aside."""
        wanted = re.escape(_plain(self.output)).replace(r"\.\.\.", "\0").split("\0")
        return re.fullmatch(".*?".join(wanted), _plain(actual), re.DOTALL) is not None


def steps(text: str) -> Iterator[File | Command]:
    """The steps of a page, in turn."""
    for match in _BLOCK.finditer(text):
        title = _TITLE.search(match["attributes"])
        if title:
            path, added, _ = title[1].partition(_ADDED)
            yield File(path, match["body"], bool(added))
        elif match["language"] == "console":
            yield from _commands(match["body"])


def _commands(body: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line, output)


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
