"""The two kinds of :class:`~commonhold.workspace.tree.Tree`: a commit, and the work tree."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from commonhold.errors import GitError
from commonhold.history.git import answer
from commonhold.workspace.tree import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.effects.processes import Pending
    from commonhold.history.git import Git


class CommitTree:
    """The files of a commit, read from git's object store."""

    def __init__(self, git: Git, commit: str) -> None:
        self._git = git
        self._listing: Pending | None = git.start("ls-tree", "-r", "-z", "--full-tree", commit)
        self._entries: dict[str, Entry] = {}

    @property
    def entries(self) -> Mapping[str, Entry]:
        if self._listing is not None:
            output, self._listing = answer(self._listing.wait()), None
            self._entries = dict(_parse_tree(output))
        return self._entries

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        entries = self.entries
        wanted = {
            path: entry.oid
            for path in paths
            if (entry := entries.get(path)) is not None and entry.mode != SUBMODULE and entry.oid is not None
        }
        blobs = read_blobs(self._git, wanted.values())
        return {path: blobs[oid] for path, oid in wanted.items()}


class WorkTree:
    """The files on disk that git tracks, and the untracked ones that it does not ignore."""

    def __init__(self, git: Git, root: str) -> None:
        self._root = os.fsencode(root)
        self._listing: Pending | None = git.start(
            "ls-files", "-z", "-t", "-s", "-c", "-m", "-d", "-o", "--exclude-standard"
        )
        self._entries: dict[str, Entry] = {}
        self._untracked: tuple[str, ...] = ()

    @property
    def entries(self) -> Mapping[str, Entry]:
        self._load()
        return self._entries

    @property
    def untracked(self) -> tuple[str, ...]:
        """Files that git does not track and does not ignore."""
        self._load()
        return self._untracked

    def _load(self) -> None:
        if self._listing is not None:
            output, self._listing = answer(self._listing.wait()), None
            self._entries, unknown = _parse_index(output)
            self._entries.update((path, Entry(self._mode(path), None)) for path in unknown)
            self._untracked = tuple(path for path, tracked in unknown.items() if not tracked)

    def _mode(self, path: str) -> int:
        """The mode that git would record for a file that is not as the index has it."""
        try:
            status = os.lstat(os.path.join(self._root, os.fsencode(path)))
        except OSError:
            return REGULAR  # it went away meanwhile; reading it will say so
        if stat.S_ISLNK(status.st_mode):
            return SYMLINK
        if stat.S_ISDIR(status.st_mode):
            return SUBMODULE
        return EXECUTABLE if status.st_mode & stat.S_IXUSR else REGULAR

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        contents: dict[str, bytes] = {}
        for path in paths:
            data = self._read_one(path)
            if data is not None:
                contents[path] = data
        return contents

    def _read_one(self, path: str) -> bytes | None:
        entry = self.entries.get(path)
        if entry is None or entry.mode == SUBMODULE:
            return None
        full = os.path.join(self._root, os.fsencode(path))
        try:
            if entry.mode == SYMLINK:
                return os.readlink(full)
            with open(full, "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise GitError(f"cannot read {path}: {error.strerror}", hint="Check the file's permissions.") from error


class FolderTree:
    """The files below a folder, whatever git thinks of them: what is left when git cannot answer."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._entries: dict[str, Entry] | None = None

    @property
    def entries(self) -> Mapping[str, Entry]:
        if self._entries is None:
            self._entries = {path: Entry(REGULAR, None) for path in self._walk()}
        return self._entries

    def _walk(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._root):
            folders[:] = [name for name in folders if name != ".git"]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self._root).replace(os.sep, "/")

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        contents: dict[str, bytes] = {}
        for path in paths:
            full = os.path.join(self._root, path)
            if os.path.isfile(full):
                with open(full, "rb") as file:
                    contents[path] = file.read()
        return contents


def read_blobs(git: Git, oids: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs, all in one process."""
    wanted = tuple(dict.fromkeys(oids))
    if not wanted:
        return {}
    output = git.ask("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in wanted).encode())
    return dict(_parse_batch(output))


def _parse_batch(output: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        parts = output[at:end].split(b" ")
        if len(parts) != 3:
            raise GitError(
                f"git has no object {parts[0].decode('ascii', 'replace')}",
                hint="The clone is incomplete: run `git fsck`, or fetch again.",
            )
        size = int(parts[2])
        yield parts[0].decode("ascii"), output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _parse_tree(output: bytes) -> Iterator[tuple[str, Entry]]:
    for line in output.split(b"\0"):
        if line:
            head, path = line.split(b"\t", 1)
            mode, _kind, oid = head.split(b" ")
            yield os.fsdecode(path), Entry(int(mode, 8), oid.decode("ascii"))


def _parse_index(output: bytes) -> tuple[dict[str, Entry], dict[str, bool]]:
    """The index's entries, and the paths whose content it does not know (with whether git tracks them)."""
    entries: dict[str, Entry] = {}
    unknown: dict[str, bool] = {}
    gone: set[str] = set()
    for line in output.split(b"\0"):
        tag = line[:1]
        if tag == b"?":
            # A repository inside this one that is no submodule is listed as a folder.
            unknown[os.fsdecode(line[2:].rstrip(b"/"))] = False
        elif tag:
            head, raw = line.split(b"\t", 1)
            path = os.fsdecode(raw)
            _tag, mode, oid, _stage = head.split(b" ")
            entries[path] = Entry(int(mode, 8), oid.decode("ascii"))
            if tag == b"R":
                gone.add(path)
            elif tag not in b"HS":
                unknown[path] = True
    for path in gone - {path for path, tracked in unknown.items() if not tracked}:
        del entries[path]
        unknown.pop(path, None)
    return entries, unknown
