"""What the tree says: the files of the copy that a plugin is built from."""

from __future__ import annotations

import hashlib
import os

from commonhold.release.copying import StageError
from commonhold.release.inspect.values import Member
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHUNK = 2**16
_MOST = 100_000


def read_staged(folder: str) -> Mapping[str, Member]:
    """The files below a folder by path, a symbolic link with what it leads to.

    Raises ``StageError`` when links make more of them than anybody would ship.
    """
    return {member.path: member for member in _walk(folder)}


def _walk(folder: str) -> Iterator[Member]:
    root = os.path.realpath(folder)
    seen = 0
    for place, folders, names in os.walk(root, followlinks=True):
        seen += len(folders) + len(names)
        if seen > _MOST:
            raise StageError(f"its links make more than {_MOST:,} files", hint="Remove some of them.")
        # A link to a folder is followed, unless it leads to one that it was reached through.
        folders[:] = [name for name in folders if not _leads_back(os.path.join(place, name), root)]
        for name in names:
            full = os.path.join(place, name)
            link = os.readlink(full) if os.path.islink(full) else None
            size, sha256 = _digest(full) if os.path.exists(full) else (0, "")
            yield Member(os.path.relpath(full, root).replace(os.sep, "/"), size, sha256, link)


def _leads_back(place: str, root: str) -> bool:
    if not os.path.islink(place):
        return False
    target = os.path.realpath(place)
    above = os.path.dirname(place)
    while len(above) >= len(root):
        if f"{os.path.realpath(above)}/".startswith(f"{target}/"):
            return True
        above = os.path.dirname(above)
    return False


def _digest(path: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
