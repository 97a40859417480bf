"""Implement :class:`~commonhold.tree.Tree` for a commit, the working tree, and a plain folder."""

from __future__ import annotations

import os
import re
import stat

from commonhold._typing import TYPE_CHECKING
from commonhold.errors import GitError
from commonhold.tree import EXECUTABLE, MOST_FILE_BYTES, REGULAR, SUBMODULE, SYMLINK, TOO_LARGE, Entry
from commonhold.vcs.blobs import read_blobs
from commonhold.vcs.git import checked_output
from commonhold.vcs.partial_clone import output_with_trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from commonhold.effects.process import Running
    from commonhold.vcs.git import Git


# `__pycache__` is excluded because many repositories do not ignore it; bytecode is derived from the sources.
_FROM_INDEX = ("-z", "-v", "-s", "-c")
_INDEX_LINE = r"(.) (\d+) ([0-9a-f]+) \d\t([^\0]*)\0"
_TREE_LINE = r"(\d+) \w+ ([0-9a-f]+)\t([^\0]*)\0"
_DISK_LINE = r"(.) ([^\0]*)\0"
_FROM_DISK = ("-z", "-v", "-m", "-d", "-o", "--exclude-standard", "--exclude=__pycache__/")


class _Modes(dict[str, int]):
    """File modes by their octal text, so that a million files share a few number objects."""

    def __missing__(self, text: str) -> int:
        mode = self[text] = int(text, 8)
        return mode


_PART = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would convert line endings


def _parts(listing: bytes) -> Iterator[str]:
    """Split a listing of NUL-terminated lines into parts; matching a large listing at once would take much memory."""
    start = 0
    while start < len(listing):
        end = listing.find(b"\0", start + _PART) + 1 or len(listing)
        yield os.fsdecode(listing[start:end])
        start = end


class CommitTree:
    """The files of a commit, read from git's object store."""

    def __init__(self, git: Git, commit: str, workspace: str = "") -> None:
        self.workspace = workspace
        self._git = git
        self.commit = commit
        self._args = ("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
        self._listing: Running | None = git.start(*self._args)
        self._entries: dict[str, Entry] = {}

    @property
    def entries(self) -> Mapping[str, Entry]:
        if self._listing is not None:
            output = output_with_trees(self._git, self._listing, self._args, self._args[-1])
            self._listing = None  # it holds the output, which can be large
            entry, modes = Entry._make, _Modes()
            for part in _parts(output):
                found = re.findall(_TREE_LINE, part)
                self._entries.update((path, entry((modes[mode], oid))) for mode, oid, path in found)
        return self._entries

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        return _read_objects(self._git, self.entries, paths, most)

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        return self.start_reading(paths)()


class WorkTree:
    """The tracked files on disk, and the untracked files that git does not ignore.

    For files outside a sparse checkout, and for files marked ``assume-unchanged``, git's index is used instead of the
    disk.
    """

    def __init__(self, git: Git, root: str, workspace: str = "") -> None:
        self.workspace = workspace
        self._git = git
        self._root = os.fsencode(root)
        # Two processes: git reads its index quickly, but takes much longer to check every file on disk.
        self._from_index = git.start("ls-files", *_FROM_INDEX)
        self._from_disk = git.start("ls-files", *_FROM_DISK)
        self._entries: dict[str, Entry] | None = None
        self._untracked: tuple[str, ...] = ()
        self._submodules: tuple[str, ...] = ()
        self._unchanged: frozenset[str] = frozenset()

    @property
    def entries(self) -> Mapping[str, Entry]:
        if self._entries is None:
            index, disk = self._from_index, self._from_disk
            del self._from_index, self._from_disk  # they hold the outputs, which can be large
            self._entries = self._load(_Index(checked_output(index.wait()), lambda: checked_output(disk.wait())))
        return self._entries

    @property
    def untracked(self) -> tuple[str, ...]:
        """The files that git neither tracks nor ignores."""
        return self._untracked if self.entries else ()

    @property
    def submodules(self) -> tuple[str, ...]:
        """The submodules in git's index."""
        return self._submodules if self.entries else ()

    def _load(self, index: _Index) -> dict[str, Entry]:
        entries = index.entries
        self._unchanged = frozenset(index.unchanged)
        found = {path: self._mode(path, index) for path in (*index.modified, *index.untracked)}
        entries.update((path, Entry(mode, None)) for path, mode in found.items())
        self._untracked = tuple(path for path in index.untracked if found[path])
        # If a symbolic link has replaced a folder, the paths in git's index lead to other files.
        links = tuple(f"{path}/" for path in self._untracked if found[path] == SYMLINK)
        gone = {path for path, mode in found.items() if not mode}
        gone.update(path for path in entries if links and path.startswith(links))
        for path in gone:
            del entries[path]
        if index.has_submodules:
            self._submodules = tuple(path for path, entry in entries.items() if entry.mode == SUBMODULE)
        return entries

    def _mode(self, path: str, index: _Index) -> int:
        """Return the mode that git would record for a changed file; 0 if git would not record the file."""
        try:
            status = os.lstat(os.path.join(self._root, os.fsencode(path)))
        except OSError:
            return 0
        if stat.S_ISDIR(status.st_mode):
            known = index.entries.get(path)
            return SUBMODULE if known is None or known.mode == SUBMODULE else 0
        return _mode_of(status)

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        return self._read(paths, None)

    def _read(self, paths: Iterable[str], most: int | None) -> Mapping[str, bytes]:
        contents: dict[str, bytes] = {}
        absent: list[str] = []
        reader = _FileReader(self._root, most)
        for path in paths:
            entry = self.entries.get(path)
            if entry is None or entry.mode == SUBMODULE:
                continue
            data = None if path in self._unchanged else reader.read(path)
            if data is not None:
                contents[path] = data
            elif entry.oid is not None:
                absent.append(path)
        return {**contents, **_read_objects(self._git, self.entries, absent, most)()} if absent else contents

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        return lambda: self._read(paths, most)


class FolderTree:
    """All files below a folder, including ignored files: the fallback when git cannot list the files."""

    def __init__(self, root: str, workspace: str = "") -> None:
        self.workspace = workspace
        self._root = os.fsencode(os.path.abspath(root))
        self._entries: dict[str, Entry] | None = None

    @property
    def entries(self) -> Mapping[str, Entry]:
        if self._entries is None:
            self._entries = dict(self._walk())
        return self._entries

    def _walk(self) -> Iterator[tuple[str, Entry]]:
        for folder, folders, names in os.walk(self._root, onerror=_cannot_list):
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            folders[:] = [name for name in folders if name != b".git"]
            for name in (*names, *links):
                full = os.path.join(folder, name)
                mode = _mode_of(os.lstat(full))
                if mode and name != b".git":
                    yield os.fsdecode(os.path.relpath(full, self._root)).replace(os.sep, "/"), Entry(mode, None)

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        return self.start_reading(paths)()

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        reader = _FileReader(self._root, most)
        known = (path for path in paths if path in self.entries)
        found = ((path, reader.read(path)) for path in known)
        return lambda: {path: data for path, data in found if data is not None}


def _cannot_list(error: OSError) -> None:
    raise GitError(f"cannot list {error.filename!r}: {error.strerror}", hint="Check the folder's permissions.")


def _mode_of(status: os.stat_result) -> int:
    """Return git's mode for a file; 0 for types that git does not store, such as sockets."""
    if stat.S_ISLNK(status.st_mode):
        return SYMLINK
    if not stat.S_ISREG(status.st_mode):
        return 0
    return EXECUTABLE if status.st_mode & stat.S_IXUSR else REGULAR


class _FileReader:
    """Reads files below a folder, up to a total of ``most`` bytes (``None``: without limits)."""

    def __init__(self, root: bytes, most: int | None) -> None:
        self._root = root
        self._left = most

    def read(self, path: str) -> bytes | None:
        """Return the content of a file or the target of a link; ``None`` if it does not exist."""
        full = os.path.join(self._root, os.fsencode(path))
        try:
            status = os.lstat(full)
            if stat.S_ISLNK(status.st_mode):
                return os.readlink(full)
            if self._left is None:
                return _content(full, status.st_size, -1)
            # A sparse file can have any size.
            fits = status.st_size <= min(self._left, MOST_FILE_BYTES)
            data = _content(full, status.st_size, MOST_FILE_BYTES) if fits else TOO_LARGE
            self._left -= len(data) if fits else 0
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise GitError(f"cannot read {path}: {error.strerror}", hint="Check the file's permissions.") from error
        return data


def _content(full: bytes, size: int, most: int) -> bytes:
    """Return at most ``most`` bytes of a file (-1: all) that had ``size`` bytes.

    Python's file objects are not used, because they take several times as long, even without a buffer.
    """
    handle = os.open(full, os.O_RDONLY | _BINARY)
    try:
        data = os.read(handle, size + 1)
    finally:
        os.close(handle)
    if len(data) == size:
        return data
    with open(full, "rb") as file:  # the file is being written, or the file system returns parts
        return file.read(most)


def _read_objects(
    git: Git, entries: Mapping[str, Entry], paths: Iterable[str], most: int | None
) -> Callable[[], Mapping[str, bytes]]:
    oids = {
        path: entry.oid
        for path in paths
        if (entry := entries.get(path)) is not None and entry.mode != SUBMODULE and entry.oid is not None
    }
    return read_blobs(git, oids, most)


class _Index:
    """The output of ``git ls-files`` for the index (``-v -s -c``) and for the disk (``-v -m -d -o``).

    ``entries`` are the files in the index, except files that are missing on disk. ``modified`` files differ from the
    index. ``unchanged`` files count as equal to the index, whatever their content on disk. ``untracked`` files are not
    in ``entries``.
    """

    def __init__(self, from_index: bytes, from_disk: Callable[[], bytes]) -> None:
        self.entries: dict[str, Entry] = {}
        self.modified: list[str] = []
        self.unchanged: list[str] = []
        self.untracked: list[str] = []
        self.has_submodules = b" 160000 " in from_index
        entry, modes = Entry._make, _Modes()
        for part in _parts(from_index):
            for tag, mode, oid, path in re.findall(_INDEX_LINE, part):
                self.entries[path] = entry((modes[mode], oid))
                if tag != "H":  # M: a merge conflict, for which the file on disk counts
                    (self.modified if tag in "Mm" else self.unchanged).append(path)
        removed = ""
        for tag, name in (line for part in _parts(from_disk()) for line in re.findall(_DISK_LINE, part)):
            if tag == "?":
                # A nested repository that is not a submodule is listed as a folder.
                self.untracked.append(name.rstrip("/"))
            elif tag == "R":
                self.entries.pop(name, None)  # git's index may change between the two processes
                removed = name
            elif tag == "C" and name != removed:  # git lists a removed file a second time, as modified
                self.modified.append(name)
