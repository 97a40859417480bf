"""Define the facts that `init` finds in a repository, each with the place from which it was read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.projects.metadata import Metadata
    from commonhold.projects.names import Name


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A file, and the number of a line in it (0: the whole file)."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Package:
    """A Python project in the tree. ``folder`` is relative to the repository's root, and empty for the root itself."""

    name: Name
    folder: str
    metadata: Metadata
    place: Place

    @property
    def last(self) -> str:
        """The last part of the folder."""
        return self.folder.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The folder that contains the package's folder."""
        return self.folder.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A folder with a project file that does not become a plugin, with the reason."""

    folder: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and the place from which it was read."""

    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Mention:
    """A file of a plugin (``source``) that names a plugin (``target``) which it neither requires nor imports."""

    source: Name
    target: Name
    place: Place


@dataclass(frozen=True, slots=True)
class TierFolders:
    """A tier: its name, the patterns of its folders, its packages, and whether authors outside the core own it."""

    name: str
    patterns: tuple[str, ...]
    packages: tuple[Package, ...]
    is_community: bool = False
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoreFound:
    """The core: a distribution on an index (``package`` is ``None``), or a project of the tree with its ``paths``.

    ``users`` is the number of packages that require it, out of ``total``.
    """

    name: Name
    users: int
    total: int
    package: Package | None = None
    paths: tuple[str, ...] = ()
    pins: tuple[Found, ...] = ()


def line_of(data: bytes | None, pattern: str) -> int:
    """Return the number of the first line that matches a regular expression; 0 if no line matches."""
    for number, line in lines_with_numbers(data):
        if re.search(pattern, line):
            return number
    return 0


def lines_with_numbers(data: bytes | None, most: int = 100_000) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file with their numbers; very long lines are cut, so that searching them stays fast."""
    text = (data or b"").decode("utf-8", "replace")
    for number, line in enumerate(text.split("\n"), 1):
        if number > most:
            return
        yield number, line[:2000]


def most_common(counts: Mapping[str, int]) -> str | None:
    """Return the key with the highest count, the first one in alphabetical order of several."""
    return min(counts, key=lambda key: (-counts[key], key)) if counts else None
