"""Symbolic links as edges: whose files a link makes somebody depend on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from commonhold.workspace.tree import SYMLINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.workspace.tree import Tree

_LONGEST_CHAIN = 40  # as the kernel's own limit


def link_targets(tree: Tree) -> Mapping[str, frozenset[str]]:
    """The places that each symbolic link of the tree leads through, by the link's path.

    A place is a file, or a folder with all that it holds. What leads out of the tree is left out: git
    does not see it change.
    """
    links = [path for path, entry in tree.entries.items() if entry.mode == SYMLINK]
    if not links:
        return {}
    texts = tree.read(links)
    jumps = {link: _join(link, os.fsdecode(text)) for link, text in texts.items()}
    return {link: frozenset(_follow(link, jumps)) for link in jumps}


def _join(link: str, text: str) -> str | None:
    """Where a link points, relative to the tree's root; ``None`` when outside."""
    if text.startswith("/"):
        return None
    parts = link.split("/")[:-1]
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _follow(link: str, jumps: Mapping[str, str | None]) -> list[str]:
    places: list[str] = []
    place = jumps[link]
    for _ in range(_LONGEST_CHAIN):
        if place is None:
            break
        places.append(place)
        through = next((other for other in jumps if place == other or place.startswith(other + "/")), None)
        if through is None:
            break
        beyond = jumps[through]
        place = None if beyond is None else (beyond + place[len(through) :]).lstrip("/")
    return places


class Places(NamedTuple):
    """Where symbolic links lead, and the folders that are plugins."""

    links: Mapping[str, frozenset[str]]
    plugins: frozenset[str]

    def beyond(self, folder: str, owned: Iterable[str], named: Iterable[str]) -> frozenset[str]:
        """The places outside ``folder`` that its files lead to: by name, or as symbolic links.

        A whole plugin is left out: needing it is an edge of the graph, which knows tests from code.
        """
        found: set[str] = set()
        todo = [*named, *(target for path in owned for target in self.links.get(path, ()))]
        while todo:
            place = todo.pop()
            if place and place not in found and place not in self.plugins and not is_inside(place, folder):
                found.add(place)
                todo += [target for link in self.links if is_inside(link, place) for target in self.links[link]]
        return frozenset(found)


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is a place, or lies in it."""
    return path == folder or path.startswith(f"{folder}/")
