"""Read the files of a commit through GitHub's API, without a clone."""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from commonhold.github.client import ResponseError
from commonhold.tree import MOST_FILE_BYTES, TOO_LARGE, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping

    from commonhold.github.client import GitHub

_FOLDER = "040000"
_MOST_SHARED = 1 << 16  # the size up to which a content is kept for other trees


class _Item(msgspec.Struct, frozen=True):
    path: str
    mode: str
    sha: str
    size: int = 0


class _Listing(msgspec.Struct, frozen=True):
    sha: str
    tree: list[_Item]
    truncated: bool


class _Blob(msgspec.Struct, frozen=True):
    content: str
    encoding: str


class GitHubTree:
    """The files of a commit. Every listing and every content is checked against git's object id.

    ``shared`` are contents by object id, for trees of the same repository: most files are the same in each.
    """

    workspace = ""

    def __init__(self, github: GitHub, commit: str, shared: MutableMapping[str, bytes] | None = None) -> None:
        self.commit = commit
        self._github = github
        self._contents: dict[str, bytes] = {}
        self._shared = {} if shared is None else shared

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """All files of the commit. Raises ``ResponseError`` if the listing is not what git stored."""
        listing = self._github.read(f"/git/trees/{self.commit}", _Listing, recursive=1)
        if listing.truncated:
            return dict(self._walk(listing.sha, ""))
        _verify_recursive(listing)
        return {item.path: _entry(item) for item in listing.tree if item.mode != _FOLDER}

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of the paths that exist."""
        return {path: self._content(self.entries[path]) for path in paths if path in self.entries}

    def start_reading(self, paths: Iterable[str], most: int | None = None) -> Callable[[], Mapping[str, bytes]]:
        """Return a function that reads the contents."""
        wanted = tuple(paths)
        return lambda: self.read(wanted)

    def _walk(self, oid: str, folder: str) -> Iterable[tuple[str, Entry]]:
        """Yield the files of a folder one listing at a time, because GitHub shortens long recursive listings."""
        listing = self._github.read(f"/git/trees/{oid}", _Listing)
        _verify(folder, listing.tree, listing.sha)
        for item in listing.tree:
            path = f"{folder}{item.path}"
            if item.mode == _FOLDER:
                yield from self._walk(item.sha, f"{path}/")
            else:
                yield path, _entry(item)

    def _content(self, entry: Entry) -> bytes:
        oid = entry.oid or ""
        for known in (self._contents, self._shared):
            if oid in known:
                return known[oid]
        data = self._read_blob(oid)
        (self._shared if len(data) <= _MOST_SHARED else self._contents)[oid] = data
        return data

    def _read_blob(self, oid: str) -> bytes:
        blob = self._github.read(f"/git/blobs/{oid}", _Blob)
        try:
            data = base64.b64decode(blob.content) if blob.encoding == "base64" else blob.content.encode()
        except (binascii.Error, ValueError) as error:
            raise ResponseError(f"the content of {oid} cannot be decoded") from error
        if len(data) > MOST_FILE_BYTES:
            return TOO_LARGE
        if _object_id("blob", data, oid) != oid:
            raise ResponseError(f"the content of {oid} is another file's")
        return data


def _entry(item: _Item) -> Entry:
    return Entry(int(item.mode, 8), item.sha)


def _object_id(kind: str, data: bytes, like: str) -> str:
    """Return git's object id; ``like`` decides the algorithm by its length."""
    algorithm = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return algorithm(f"{kind} {len(data)}\0".encode() + data).hexdigest()


def _verify_recursive(listing: _Listing) -> None:
    """Verify every folder of a listing, so that a missing file is noticed."""
    folders: dict[str, list[_Item]] = {"": []}
    oids = {"": listing.sha}
    for item in listing.tree:
        folder, _, name = item.path.rpartition("/")
        folders.setdefault(folder, []).append(msgspec.structs.replace(item, path=name))
        if item.mode == _FOLDER:
            folders[item.path], oids[item.path] = [], item.sha
    for path, items in folders.items():
        _verify(path, items, oids.get(path, ""))


def _verify(path: str, items: list[_Item], oid: str) -> None:
    """Compute the object id of a folder from its items. Raises ``ResponseError`` if it is another one."""
    # Names that are not UTF-8 cannot be written in JSON, so the object id of their folder cannot be computed.
    if any("\ufffd" in item.path for item in items):
        return
    try:
        found = _object_id("tree", _tree_object(items), oid)
    except ValueError as error:
        raise ResponseError("GitHub's listing of a commit has another form than documented") from error
    if found != oid:
        raise ResponseError(f"GitHub's listing of the folder {f'/{path}'!a} is not complete")


def _tree_object(items: list[_Item]) -> bytes:
    """Return a folder as git stores it: sorted by name, where the name of a folder ends with ``/``."""
    rows = []
    for item in items:
        row = f"{int(item.mode, 8):o} {item.path}\0".encode() + bytes.fromhex(item.sha)
        rows.append((f"{item.path}/".encode() if item.mode == _FOLDER else item.path.encode(), row))
    return b"".join(row for _, row in sorted(rows))
