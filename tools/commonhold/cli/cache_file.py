"""Keep the cache in the repository's git folder, so that it is moved or deleted together with the repository.

The cache only saves time, so a cache file that cannot be read or written is ignored.
"""

from __future__ import annotations

import os

from commonhold.workspace import Cache


def recall(git_folder: str) -> Cache:
    """Read a repository's cache; return an empty cache if there is no cache file."""
    try:
        with open(_path(git_folder), "rb") as file:
            return Cache.load(file.read())
    except OSError:  # usually because the file does not exist yet
        return Cache()


def remember(git_folder: str, cache: Cache) -> None:
    """Write the cache if it has new entries."""
    if not cache.modified:
        return
    from commonhold.effects.files import write_atomically

    try:
        write_atomically(_path(git_folder), cache.dump())
    except OSError:  # for example, the clone is read-only; the next run reads the files again
        return


def _path(git_folder: str) -> str:
    return os.path.join(git_folder, "commonhold", "memory")
