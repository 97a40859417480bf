"""A tree whose files are read once each."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.tree import Entry, Tree


class Files:
    """A :class:`~commonhold.tree.Tree` that remembers what was read from another one.

    Whoever knows what will be wanted asks for it ahead: that is one question to git, not many, and git answers
    it while something else is done.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._contents: dict[str, bytes | None] = {}
        self._begun: dict[str, _Batch] = {}

    @classmethod
    def of(cls, tree: Tree) -> Files:
        """``tree`` itself, if it remembers already."""
        return tree if isinstance(tree, cls) else cls(tree)

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self.tree.entries

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        wanted = list(paths)
        self.ahead(wanted)
        return {path: content for path in wanted if (content := self.get(path)) is not None}

    def begin(self, paths: Iterable[str]) -> Callable[[], Mapping[str, bytes]]:
        wanted = list(paths)
        self.ahead(wanted)
        return lambda: self.read(wanted)

    def ahead(self, paths: Iterable[str]) -> None:
        """Begin to read several files, for later."""
        entries, known, begun = self.entries, self._contents, self._begun
        wanted = [p for p in dict.fromkeys(paths) if p in entries and p not in known and p not in begun]
        if wanted:
            batch = _Batch(wanted, self.tree.begin(wanted))
            self._begun.update((path, batch) for path in wanted)

    def get(self, path: str) -> bytes | None:
        """A file's content, or ``None`` when there is no such file."""
        if path not in self._contents:
            self.ahead([path])
            batch = self._begun.get(path)
            found = batch.finish() if batch else {}
            for each in batch.paths if batch else [path]:
                self._contents[each] = found.get(each)
                self._begun.pop(each, None)
        return self._contents[path]


class _Batch(NamedTuple):
    paths: list[str]
    finish: Callable[[], Mapping[str, bytes]]
