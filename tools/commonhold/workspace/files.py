"""Cache the files of a tree, so that each file is read only once."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple
from commonhold.tree import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.tree import Entry, Tree


class Files:
    """A :class:`~commonhold.tree.Tree` that caches the contents of another tree, up to ``MOST_BYTES`` in total.

    Callers prefetch the files that they will need later. Prefetching sends one request to git instead of many, and git
    can process that request while the caller does other work.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._contents: dict[str, bytes | None] = {}
        self._begun: dict[str, _Batch] = {}
        self._left = MOST_BYTES

    @classmethod
    def of(cls, tree: Tree) -> Files:
        """Return ``tree`` itself if it is already a cache, otherwise a cache for it."""
        return tree if isinstance(tree, cls) else cls(tree)

    @property
    def workspace(self) -> str:
        return self.tree.workspace

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self.tree.entries

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        paths = list(paths)
        self.prefetch(paths)
        return {path: content for path in paths if (content := self.get(path)) is not None}

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        paths = list(paths)
        self.prefetch(paths)
        return lambda: self.read(paths)

    def prefetch(self, paths: Iterable[str]) -> None:
        """Start reading files that will be needed later."""
        entries, known, begun = self.entries, self._contents, self._begun
        missing = [p for p in dict.fromkeys(paths) if p in entries and p not in known and p not in begun]
        if missing:
            batch = _Batch(tuple(missing), self.tree.start_reading(missing, self._left))
            self._begun.update((path, batch) for path in missing)

    def get(self, path: str) -> bytes | None:
        """Return a file's content, or ``None`` if the file does not exist."""
        if path not in self._contents:
            self.prefetch([path])
            batch = self._begun.get(path)
            found = batch.finish() if batch else {}
            for each in batch.paths if batch else (path,):
                content = self._contents[each] = found.get(each)
                self._left -= len(content or b"")
                self._begun.pop(each, None)
        return self._contents[path]


class _Batch(NamedTuple):
    paths: tuple[str, ...]
    finish: Callable[[], Mapping[str, bytes]]
