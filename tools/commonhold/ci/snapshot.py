"""Copy the working tree once, so that the tests of one session cannot change the files of a later session."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
from typing import TYPE_CHECKING

from commonhold.ci.checkout import copy_path
from commonhold.effects.scratch import ScratchFolder
from commonhold.tree import SUBMODULE, Entry
from commonhold.vcs.trees import FolderTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from commonhold.tree import Tree

SNAPSHOT = "COMMONHOLD_SNAPSHOT"
"""The environment variable that passes the folder of a snapshot to the nox process that runs the sessions."""

_LISTING = "entries.json"
_FILES = "files"


@contextlib.contextmanager
def take_snapshot(root: str, tree: Tree, paths: Iterable[str]) -> Iterator[str]:
    """Copy paths of ``tree``, the working tree of ``root``, to a temporary folder, which is removed afterwards."""
    with ScratchFolder("snapshot") as scratch:
        for path in sorted(paths):
            copy_path(root, os.path.join(scratch.path, _FILES), path, tree.entries[path].mode)
        with open(os.path.join(scratch.path, _LISTING), "w", encoding="ascii") as file:
            json.dump({"root": root, "entries": dict(tree.entries)}, file)
        yield scratch.path


class LastingSnapshot:
    """A snapshot that is taken when it is first needed, and deleted when this process ends."""

    def __init__(self) -> None:
        self._files: str | None = None

    def files(self, root: str, tree: Tree, paths: Iterable[str]) -> str:
        """Return the folder with the files."""
        if self._files is None:
            stack = contextlib.ExitStack()
            atexit.register(stack.close)
            self._files = os.path.join(stack.enter_context(take_snapshot(root, tree, paths)), _FILES)
        return self._files


def find_snapshot(root: str, tree: Tree, environ: Mapping[str, str]) -> SnapshotTree | None:
    """Return the snapshot of ``root`` that the parent process took, if any; ``tree`` is the working tree."""
    folder = environ.get(SNAPSHOT)
    if not folder:
        return None
    with open(os.path.join(folder, _LISTING), encoding="ascii") as file:
        listing = json.load(file)
    return SnapshotTree(folder, listing["entries"], tree) if listing["root"] == root else None


class SnapshotTree:
    """The files of a snapshot. ``files`` is the folder that contains the snapshot.

    Files that were only in git's index when the snapshot was taken, as in a sparse checkout, are read from ``tree``.
    """

    def __init__(self, folder: str, entries: Mapping[str, tuple[int, str | None]], tree: Tree) -> None:
        self.files = os.path.join(folder, _FILES)
        self.workspace = tree.workspace
        self._entries = {path: Entry(*entry) for path, entry in entries.items()}
        self._copied = FolderTree(self.files)
        self._tree = tree

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self._entries

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        return self.start_reading(paths)()

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        known = [path for path in paths if path in self._entries and self._entries[path].mode != SUBMODULE]

        def finish() -> Mapping[str, bytes]:
            contents = self._copied.start_reading(known, most)()
            absent = [path for path in known if path not in contents]
            return {**contents, **self._tree.start_reading(absent, most)()} if absent else contents

        return finish
