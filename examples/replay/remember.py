"""A repository that keeps files in memory, for replaying the same commits with several rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.tree import MOST_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from commonhold.tree import Entry, Tree
    from commonhold.vcs import Repository

MOST_TREES = 4
"""The number of trees that are kept: a commit's, its parent's, and those of the previous commit."""

SOURCES = (".py", ".pyi", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".txt", ".in", ".sh", ".ipynb")


class Remembered:
    """A repository whose recent trees are read once, and each content once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._trees: dict[str, RememberedTree] = {}
        self._contents: dict[str, bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repository, name)

    def tree(self, commit: str) -> Tree:
        if commit not in self._trees:
            for old in list(self._trees)[: 1 - MOST_TREES]:
                del self._trees[old]
            self._trees[commit] = RememberedTree(self._repository.tree(commit), self._contents)
        return self._trees[commit]


class RememberedTree:
    """A tree that shares the contents of its source files with other trees, by object id.

    All of them are read at once, because the search for imports and mentions reads in forks, which share no memory.
    """

    def __init__(self, tree: Tree, contents: dict[str, bytes]) -> None:
        self._tree = tree
        self._contents = contents
        self._loaded = False

    @property
    def workspace(self) -> str:
        return self._tree.workspace

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self._tree.entries

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        return self.start_reading(paths)()

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        self._load()
        oids = {path: entry.oid for path in paths if (entry := self.entries.get(path)) is not None}
        known = {path: self._contents[oid] for path, oid in oids.items() if oid in self._contents}
        missing = [path for path in oids if path not in known]
        wait = self._tree.start_reading(missing, most) if missing else dict
        return lambda: {**known, **wait()}

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        sources = {path: entry.oid for path, entry in self.entries.items() if path.endswith(SOURCES)}
        read = self._tree.read([path for path, oid in sources.items() if oid not in self._contents])
        # The tree itself decides about large files: with a limit, it does not return their contents.
        small = {path: data for path, data in read.items() if len(data) <= MOST_FILE_BYTES}
        self._contents.update((oid, data) for path, data in small.items() if (oid := sources[path]) is not None)
