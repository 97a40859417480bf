"""Parse a page of the documentation into steps: files to write, and commands with their output.

A block with a title is a file, or text to append to one. In a ``console`` block, a line that starts with ``$`` is
a command; the lines after it are its output, in which ``...`` matches any text.
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
        """Write the file below ``folder``, or append to it."""
        target = folder / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a" if self.append else "w", encoding="utf-8") as file:
            file.write(self.text)


class Command(NamedTuple):
    """A command to run, and its output."""

    line: str
    output: str

    def prints(self, actual: str) -> bool:
        """Check whether ``actual`` matches the expected output, except for trailing spaces."""
        expected = re.escape(_plain(self.output)).replace(r"\.\.\.", "\0").split("\0")
        return re.fullmatch(".*?".join(expected), _plain(actual), re.DOTALL) is not None


def steps(text: str) -> Iterator[File | Command]:
    """The steps of a page, in order."""
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
