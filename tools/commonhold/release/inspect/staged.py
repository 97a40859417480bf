"""What the tree says: the files of the copy that a plugin is built from."""

from __future__ import annotations

import hashlib
import os

from commonhold.release.inspect.values import Member
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHUNK = 2**16


def read_staged(folder: str) -> Mapping[str, Member]:
    """The files below a folder by path, a symbolic link with what it leads to."""
    return {member.path: member for member in _walk(folder)}


def _walk(folder: str) -> Iterator[Member]:
    root = os.path.realpath(folder)
    for place, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(place)
        # A link to a folder is followed, unless it leads to one that it lies in.
        folders[:] = [name for name in folders if not _is_above(os.path.join(place, name), real)]
        for name in names:
            full = os.path.join(place, name)
            link = os.readlink(full) if os.path.islink(full) else None
            size, sha256 = _digest(full)
            yield Member(os.path.relpath(full, root).replace(os.sep, "/"), size, sha256, link)


def _is_above(place: str, folder: str) -> bool:
    return os.path.islink(place) and f"{folder}/".startswith(f"{os.path.realpath(place)}/")


def _digest(path: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
