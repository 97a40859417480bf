"""Symbolic links: where they lead, and so whose files somebody depends on."""

from __future__ import annotations

import os
from bisect import bisect_left

from commonhold._typing import TYPE_CHECKING
from commonhold.tree import SYMLINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.tree import Tree

_LONGEST_CHAIN = 40  # as the kernel's own limit
_OUTSIDE = "/"  # no path of a tree: what leads there, git does not see change


class Links:
    """The symbolic links of a tree. A place is a file, or a folder with all that it holds; ``""`` is the root."""

    def __init__(self, tree: Tree) -> None:
        self._entries = tree.entries
        links = [path for path, entry in tree.entries.items() if entry.mode == SYMLINK]
        texts = tree.read(links) if links else {}
        self._jumps = {link: _join(link, os.fsdecode(text)) for link, text in texts.items()}
        self._sorted = sorted(self._jumps)

    def follow(self, path: str) -> list[str]:
        """The paths that one is led to, links among them; what lies at the last is meant.

        >>> Links(tree).follow("a/link")  # doctest: +SKIP
        ['a/link', 'b/file']
        """
        hops = [path]
        for _ in range(_LONGEST_CHAIN):
            link = self._above(hops[-1])
            if link is None:
                return hops
            hops += [link, self._beyond(link, hops[-1])]
        return [*hops, _OUTSIDE]

    def reached(self, owned: Iterable[str], named: Iterable[str]) -> frozenset[str]:
        """The places that files lead to: by name, or as symbolic links, over any number of steps."""
        found: set[str] = set()
        level = {*named, *(self._jumps[path] for path in self._among(owned))}
        for _ in range(_LONGEST_CHAIN if self._jumps else 1):
            level -= found
            found |= level
            level = {target for place in level for target in self._from(place)}
        return frozenset(found - {_OUTSIDE})

    def files_behind(self, owned: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The files that one comes to through links: under which path, and where they are."""
        todo = [(path, path) for path in self._among(owned)]
        seen: set[str] = set()
        while todo:
            path, link = todo.pop()
            real = self.follow(link)[-1]
            if real in self._entries:
                yield path, real
            elif real not in ("", _OUTSIDE, *seen):  # whoever reads the whole repository needs no edges
                seen.add(real)
                todo += [(path + inner[len(real) :], inner) for inner in self._entries if inner.startswith(real + "/")]

    def _among(self, paths: Iterable[str]) -> list[str]:
        return [path for path in paths if path in self._jumps] if self._jumps else []

    def _from(self, place: str) -> Iterator[str]:
        """Where links in a place, or on the way to it, lead."""
        link = self._above(place)
        if link is not None:
            yield self._beyond(link, place)
        start = f"{place}/" if place else ""
        at = bisect_left(self._sorted, start)
        while at < len(self._sorted) and self._sorted[at].startswith(start):
            yield self._jumps[self._sorted[at]]
            at += 1

    def _above(self, path: str) -> str | None:
        """The link that a path is, or leads through."""
        while path and path not in self._jumps:
            path = path.rpartition("/")[0]
        return path or None

    def _beyond(self, link: str, path: str) -> str:
        target = self._jumps[link]
        return target if target == _OUTSIDE else (target + path[len(link) :]).lstrip("/")


def _join(link: str, text: str) -> str:
    """Where a link points, relative to the tree's root."""
    if text.startswith("/"):
        return _OUTSIDE
    parts = link.split("/")[:-1]
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return _OUTSIDE
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
