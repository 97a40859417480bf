"""Keep the cache of read files in the repository's git folder, so that it moves and ends with the repository.

The cache only saves time, so a cache file that cannot be read or written is ignored.
"""

from __future__ import annotations

import os

from commonhold.workspace import Cache


def recall(git_folder: str) -> Cache:
    """Read the cache of a repository; the result is empty if there is no cache file."""
    try:
        with open(_path(git_folder), "rb") as file:
            return Cache.load(file.read())
    except OSError:  # usually there is no file yet
        return Cache()


def remember(git_folder: str, cache: Cache) -> None:
    """Write the cache if it has new entries."""
    if not cache.modified:
        return
    from commonhold.effects.files import write_atomically

    try:
        write_atomically(_path(git_folder), cache.dump())
    except OSError:  # such as a read-only clone; the next run reads the files again
        return


def _path(git_folder: str) -> str:
    return os.path.join(git_folder, "commonhold", "memory")
