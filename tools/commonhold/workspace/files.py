"""A tree whose files are read once each."""

from __future__ import annotations

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.tree import Entry, Tree


class Files:
    """A :class:`~commonhold.tree.Tree` that remembers what was read from another one.

    Whoever knows what will be wanted asks for it ahead: that is one question to git, not many.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._contents: dict[str, bytes | None] = {}

    @classmethod
    def of(cls, tree: Tree) -> Files:
        """``tree`` itself, if it remembers already."""
        return tree if isinstance(tree, cls) else cls(tree)

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self._tree.entries

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        wanted = list(paths)
        self.ahead(wanted)
        return {path: content for path in wanted if (content := self._contents.get(path)) is not None}

    def ahead(self, paths: Iterable[str]) -> None:
        """Read several files now, for later."""
        entries = self.entries
        wanted = [path for path in dict.fromkeys(paths) if path in entries and path not in self._contents]
        found = self._tree.read(wanted) if wanted else {}
        self._contents.update((path, found.get(path)) for path in wanted)

    def get(self, path: str) -> bytes | None:
        """A file's content, or ``None`` when there is no such file."""
        if path not in self._contents:
            self.ahead([path])
        return self._contents.get(path)
