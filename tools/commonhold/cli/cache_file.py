"""The memory kept in git's own folder: it goes where the repository goes, and ends with it.

A memory that cannot be read or written is done without: it only saves time.
"""

from __future__ import annotations

import os

from commonhold.workspace import Cache


def recall(git_folder: str) -> Cache:
    """What was remembered for a repository; an empty memory where there is none."""
    try:
        with open(_path(git_folder), "rb") as file:
            return Cache.load(file.read())
    except OSError:
        return Cache()


def remember(git_folder: str, memory: Cache) -> None:
    """Keep a memory for the next time, if it has learned anything."""
    if not memory.modified:
        return
    from commonhold.effects.files import write_atomically

    try:
        write_atomically(_path(git_folder), memory.dump())
    except OSError:
        return


def _path(git_folder: str) -> str:
    return os.path.join(git_folder, "commonhold", "memory")
