"""What the tree says: the files of the copy that a plugin is built from."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from commonhold.release.model.archive import ArchiveMember
from commonhold.release.stage.export import StageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CHUNK = 2**16
_MOST_BEHIND_LINKS = 10_000


def read_staged_files(folder: str) -> Mapping[str, ArchiveMember]:
    """The files below a folder by path, a symbolic link with what it leads to.

    Raises ``StageError`` when links make more of them than anybody would ship.
    """
    return {member.path: member for member in _walk(folder)}


def _walk(folder: str) -> Iterator[ArchiveMember]:
    root = os.path.realpath(folder)
    behind_links = 0
    for place, folders, names in os.walk(root, followlinks=True):
        through = _reached_through(place, root)
        behind_links += len(folders) + len(names) if through[0] != place else 0
        if behind_links > _MOST_BEHIND_LINKS:
            raise StageError(f"it has links to more than {_MOST_BEHIND_LINKS:,} files", hint="Remove some of them.")
        # A link to a folder is followed, unless it leads to one that it was reached through, or above that.
        folders[:] = [name for name in folders if not _leads_back(os.path.join(place, name), through)]
        for name in names:
            full = os.path.join(place, name)
            link = os.readlink(full) if os.path.islink(full) else None
            size, sha256 = _digest(full) if os.path.exists(full) else (0, "")
            yield ArchiveMember(os.path.relpath(full, root).replace(os.sep, "/"), size, sha256, link)


def _reached_through(place: str, root: str) -> list[str]:
    """A folder, and those above it on the way that was taken, each as it really lies."""
    found = [os.path.realpath(place)]
    while place != root:
        place = os.path.dirname(place)
        found.append(os.path.realpath(place))
    return found


def _leads_back(place: str, through: Iterable[str]) -> bool:
    if not os.path.islink(place):
        return False
    target = os.path.realpath(place)
    return any(f"{folder}/".startswith(f"{target}/") for folder in through)


def _digest(path: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
