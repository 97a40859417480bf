"""Move and edit files of a commit in memory, for two commits: one that only moves files, and one that edits them.

Git finds a moved file by its content, so a commit that moves and edits a small file would end the file's history.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.scaffold.project_table import convert_project
from commonhold.tree import REGULAR, SUBMODULE, SYMLINK
from commonhold.vcs.git import checked_output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.scaffold.project_table import Conversion
    from commonhold.tree import Entry
    from commonhold.vcs.fast_import import FileContent
    from commonhold.vcs.git import Git
    from commonhold.vcs.trees import CommitTree

_MOST_BYTES = 1 << 20
_MOST_READ = 256 << 20


class EditedTree:
    """The files of a commit, with moves and edits that are not written yet."""

    def __init__(self, tree: CommitTree) -> None:
        self._tree = tree
        self._entries: dict[str, Entry | None] = dict(tree.entries)  # None: a new file
        self._origins = {path: path for path in self._entries}
        self._edits: dict[str, bytes] = {}
        self._deleted: set[str] = set()
        self._contents: dict[str, bytes] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """All current paths, sorted."""
        return tuple(sorted(self._entries))

    def is_text(self, path: str) -> bool:
        """Return whether a path is a regular file of at most 1 MiB that is encoded as UTF-8."""
        entry = self._entries.get(path)
        if entry is not None and entry.mode in (SYMLINK, SUBMODULE):
            return False
        data = self.read(path)
        if data is None or len(data) > _MOST_BYTES or b"\0" in data:
            return False
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    def preload(self, paths: Iterable[str]) -> None:
        """Read several files together."""
        wanted = [self._origins[path] for path in paths if path in self._origins]
        self._contents.update(self._tree.start_reading(wanted, _MOST_READ)())

    def find(self, git: Git, texts: Iterable[bytes]) -> tuple[str, ...]:
        """Return the unchanged files that contain one of the texts, except files that git considers binary."""
        patterns = [word for text in texts for word in ("-e", os.fsdecode(text))]
        commit = self._tree.commit
        finished = git.attempt("grep", "-I", "-z", "-l", "--full-name", "--fixed-strings", *patterns, commit)
        if finished.code > 1:  # 1: no file contains one of the texts
            checked_output(finished)
        names = (os.fsdecode(name).partition(":")[2] for name in finished.stdout.split(b"\0")[:-1])
        return tuple(sorted(name for name in names if name in self._origins and self._origins[name] == name))

    def read(self, path: str) -> bytes | None:
        """Return the current content of a file; ``None`` if it does not exist."""
        if path in self._edits:
            return self._edits[path]
        origin = self._origins.get(path)
        if origin is None:
            return None
        if origin not in self._contents:
            self._contents.update(self._tree.start_reading([origin], _MOST_READ)())
        return self._contents.get(origin)

    def text(self, path: str) -> str:
        """Return the content of a text file; see :meth:`is_text`."""
        return (self.read(path) or b"").decode("utf-8")

    def write(self, path: str, data: bytes) -> None:
        """Create a file, or replace a file or a link with a file."""
        entry = self._entries.get(path)
        is_new = entry is None or entry.mode in (SYMLINK, SUBMODULE)
        if is_new:
            self._entries[path] = None
        if is_new or self.read(path) != data or path not in self._origins:
            self._edits[path] = data

    def delete(self, path: str) -> None:
        """Delete a file."""
        self._edits.pop(path, None)
        if path in self._origins:
            self._deleted.add(path)
        self._entries.pop(path, None)

    def move(self, moves: Mapping[str, str]) -> None:
        """Move files; the new paths must not be paths of other files."""
        entries = {path: self._entries.pop(path) for path in moves}
        origins = {path: self._origins.pop(path) for path in moves if path in self._origins}
        edits = {path: self._edits.pop(path) for path in moves if path in self._edits}
        for old, new in moves.items():
            self._entries[new] = entries[old]
            if old in origins:
                self._origins[new] = origins[old]
            if old in edits:
                self._edits[new] = edits[old]

    def convert(self, folder: str) -> Conversion:
        """Convert a project to the standard ``[project]`` table, unless something would be lost."""
        conversion = convert_project(folder, self.read)
        for path, data in conversion.files.items():
            if data is None:
                self.delete(path)
            else:
                self.write(path, data)
        return conversion

    def moved(self) -> dict[str, FileContent]:
        """Return the files of a commit that only moves files."""
        pairs = [(origin, path) for path, origin in self._origins.items() if origin != path]
        gone: dict[str, FileContent] = dict.fromkeys(origin for origin, _ in pairs)
        return gone | {path: self._unchanged(path) for _, path in pairs}

    def _unchanged(self, path: str) -> FileContent:
        entry = self._tree.entries[self._origins[path]]
        return entry.mode, entry.oid or b""

    def edited(self) -> dict[str, FileContent]:
        """Return the files of a commit after :meth:`moved`."""
        found: dict[str, FileContent] = dict.fromkeys(self._deleted)
        for path, data in self._edits.items():
            entry = self._entries[path]
            found[path] = (entry.mode if entry is not None else REGULAR, data)
        return found
