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
        self._texts = {link: os.fsdecode(text) for link, text in texts.items()}
        self._sorted = sorted(self._texts)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def follow(self, path: str) -> list[str]:
        """Resolve a path as the file system does; return the path, every link on the way, and the real path last.

        >>> Symlinks(tree).follow("a/link/file")  # doctest: +SKIP
        ['a/link/file', 'a/link', 'b/file']
        """
        if not self._is_below_link(path):
            return [path]
        links: list[str] = []
        real: list[str] = []
        todo = path.split("/")[::-1]
        while todo:
            part = todo.pop()
            if part == ".." and not real:
                return [path, *links, _OUTSIDE]
            if part == "..":
                real.pop()
            elif part not in ("", "."):
                real.append(part)
                link = "/".join(real)
                text = self._texts.get(link)
                if text is not None:
                    links.append(link)
                    if text.startswith("/") or len(links) > _LONGEST_CHAIN:
                        return [path, *links, _OUTSIDE]
                    # A part `..` of the text means the folder above the place to which the parts before it lead.
                    real.pop()
                    todo += text.split("/")[::-1]
        return [path, *links, "/".join(real)]

    def reached(self, owned: Iterable[str], named: Iterable[str]) -> frozenset[str]:
        """Return the ``named`` paths, and the direct and indirect targets of links in ``owned`` or ``named``.

        The links on the way to a target are included, because a change to one of them changes the target.
        """
        found = {*named}
        todo = [*self._links_in(owned), *found] if self._texts else []
        seen: set[str] = set()
        while todo:
            path = todo.pop()
            if path not in seen:
                seen.add(path)
                hops = self.follow(path)
                found.update(hop for hop in hops[1:] if hop != path)
                todo += self._links_below(hops[-1])
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
        return [path for path in paths if path in self._texts] if self._texts else []

    def _links_below(self, folder: str) -> Iterator[str]:
        start = f"{folder}/" if folder else ""
        at = bisect_left(self._sorted, start)
        while at < len(self._sorted) and self._sorted[at].startswith(start):
            yield self._sorted[at]
            at += 1

    def _is_below_link(self, path: str) -> bool:
        """Return whether a link is at ``path`` or at one of its parent folders."""
        while path and path not in self._texts:
            path = path.rpartition("/")[0] if self._texts else ""
        return bool(path)
