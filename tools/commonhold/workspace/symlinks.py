"""Resolve symbolic links in a tree to find the files that a plugin uses through links."""

from __future__ import annotations

import os
from bisect import bisect_left

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.paths import folders_above
from commonhold.tree import SYMLINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.tree import Tree

_LONGEST_CHAIN = 40  # the Linux kernel's limit
_OUTSIDE = "/"  # a placeholder for paths outside the tree, whose changes git does not report


class Symlinks:
    """The symbolic links of a tree. A target is a file, or a folder with its contents; ``""`` is the root."""

    def __init__(self, tree: Tree) -> None:
        self._entries = tree.entries
        self._too_wide = {_OUTSIDE, *folders_above(f"{tree.workspace}/")}
        links = [path for path, entry in tree.entries.items() if entry.mode == SYMLINK]
        texts = tree.read(links) if links else {}  # most trees have no links, so this saves a request to git
        self._targets = {link: _join(link, os.fsdecode(text)) for link, text in texts.items()}
        self._sorted = sorted(self._targets)

    def __bool__(self) -> bool:
        return bool(self._targets)

    def follow(self, path: str) -> list[str]:
        """Resolve a path step by step; return every intermediate path, including the links, and the real path last.

        >>> Symlinks(tree).follow("a/link")  # doctest: +SKIP
        ['a/link', 'b/file']
        """
        hops = [path]
        for _ in range(_LONGEST_CHAIN):
            link = self._enclosing_link(hops[-1])
            if link is None:
                return hops
            hops += [link, self._resolve_once(link, hops[-1])]
        return [*hops, _OUTSIDE]

    def reached(self, owned: Iterable[str], named: Iterable[str]) -> frozenset[str]:
        """Return the ``named`` paths and every direct or indirect target of a link in ``owned`` or ``named``."""
        found: set[str] = set()
        level = {*named, *(self._targets[path] for path in self._links_in(owned))}
        # Without a limit, a link to its own parent folder would cause an endless loop.
        for _ in range(_LONGEST_CHAIN if self._targets else 1):
            level -= found
            found |= level
            level = {target for place in level for target in self._leads_to(place)}
        return frozenset(found - {_OUTSIDE})

    def linked_files(self, owned: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the files that symbolic links lead to, as pairs of the path through the link and the real path."""
        todo = [(path, path) for path in self._links_in(owned)]
        seen: set[str] = set()
        while todo:
            path, link = todo.pop()
            real = self.follow(link)[-1]
            if real in self._entries:
                yield path, real
            elif real not in self._too_wide and real not in seen:  # a link to the whole workspace does not add edges
                seen.add(real)
                todo += [(path + inner[len(real) :], inner) for inner in self._entries if inner.startswith(real + "/")]

    def _links_in(self, paths: Iterable[str]) -> list[str]:
        return [path for path in paths if path in self._targets] if self._targets else []

    def _leads_to(self, place: str) -> Iterator[str]:
        """Yield the targets of the links inside ``place``, and of the link that contains ``place``."""
        link = self._enclosing_link(place)
        if link is not None:
            yield self._resolve_once(link, place)
        start = f"{place}/" if place else ""
        at = bisect_left(self._sorted, start)
        while at < len(self._sorted) and self._sorted[at].startswith(start):
            yield self._targets[self._sorted[at]]
            at += 1

    def _enclosing_link(self, path: str) -> str | None:
        """Return the link at ``path`` or at one of its parent folders, or ``None``."""
        while path and path not in self._targets:
            path = path.rpartition("/")[0]
        return path or None

    def _resolve_once(self, link: str, path: str) -> str:
        target = self._targets[link]
        return target if target == _OUTSIDE else (target + path[len(link) :]).lstrip("/")


def _join(link: str, text: str) -> str:
    """Return the target of a link, relative to the tree's root."""
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
