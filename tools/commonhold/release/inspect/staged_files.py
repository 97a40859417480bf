"""Read the files of the staged copy that a plugin was built from."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from commonhold.release.model.archive import ArchiveMember
from commonhold.release.stage.export import StageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CHUNK = 2**16
# If linked folders contain more links, the numbers multiply: 12 folders can expand to millions of files.
_MAX_LINKED_FILES = 10_000


def read_staged_files(folder: str) -> Mapping[str, ArchiveMember]:
    """Return the files below a folder by path, including symbolic links with their targets.

    Links to folders are followed, because backends include the files in those folders. Raises ``StageError`` if the
    links lead to too many files.
    """
    return {member.path: member for member in _walk(folder)}


def read_project_file(folder: str) -> bytes:
    """Return the content of a staged ``pyproject.toml``; empty if the file does not exist."""
    path = os.path.join(folder, "pyproject.toml")
    if not os.path.isfile(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def _walk(folder: str) -> Iterator[ArchiveMember]:
    root = os.path.realpath(folder)
    behind_links = 0
    for place, folders, names in os.walk(root, followlinks=True):
        ancestors = _real_ancestors(place, root)
        behind_links += len(folders) + len(names) if ancestors[0] != place else 0
        if behind_links > _MAX_LINKED_FILES:
            raise StageError(f"it has links to more than {_MAX_LINKED_FILES:,} files", hint="Remove some of them.")
        # os.walk would follow a cycle of links forever.
        folders[:] = [name for name in folders if not _leads_back(os.path.join(place, name), ancestors)]
        for name in names:
            full = os.path.join(place, name)
            link = os.readlink(full) if os.path.islink(full) else None
            size, sha256 = _digest(full) if os.path.exists(full) else (0, "")
            yield ArchiveMember(os.path.relpath(full, root).replace(os.sep, "/"), size, sha256, link)


def _real_ancestors(place: str, root: str) -> list[str]:
    """Return the real paths of a folder and its parent folders, up to ``root``."""
    found = [os.path.realpath(place)]
    while place != root:
        place = os.path.dirname(place)
        found.append(os.path.realpath(place))
    return found


def _leads_back(place: str, ancestors: Iterable[str]) -> bool:
    """Return whether a link points to one of its parent folders, so that following it would never end."""
    if not os.path.islink(place):
        return False
    target = os.path.realpath(place)
    return any(f"{folder}/".startswith(f"{target}/") for folder in ancestors)


def _digest(path: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
