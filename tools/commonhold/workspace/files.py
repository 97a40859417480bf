"""The contents of a tree's files, each read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.workspace.tree import Tree


class Files:
    """A tree's contents, read ahead where it is known what will be wanted."""

    def __init__(self, tree: Tree, ahead: Iterable[str] = ()) -> None:
        self._tree = tree
        self._contents: dict[str, bytes] = dict(tree.read(ahead))

    def exists(self, path: str) -> bool:
        """Whether the tree holds a file at ``path``."""
        return path in self._tree.entries

    def read(self, path: str) -> bytes | None:
        """A file's content, or ``None`` when there is no such file."""
        if path not in self._contents and self.exists(path):
            self._contents.update(self._tree.read([path]))
        return self._contents.get(path)
