"""Whether something is lost on the way through the sdist, which a wheel that is made straight from the copy tells."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.release.builder.reproducibility import MAX_NAMES, member_hashes
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def list_files(folder: str) -> Iterator[str]:
    """The files of a copy, by their paths in it."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        below = os.path.relpath(place, folder).replace(os.sep, "/")
        yield from (name if below == "." else f"{below}/{name}" for name in names)


def may_omit_files(copied: Iterable[str], files: Mapping[str, bytes]) -> bool:
    """Whether an sdist leaves out a file that its wheel could have shipped: of a folder that has modules there."""
    sdist, wheel = sorted(files, key=lambda name: name.endswith(".whl"))
    kept = {path.partition("/")[2] for path in member_hashes(sdist, files[sdist])}
    left_out = [path for path in copied if "/" in path and path not in kept]
    if not left_out:
        return False
    homes = {path.rpartition("/")[0] for path in member_hashes(wheel, files[wheel]) if path.endswith(".py")}
    return any(not homes.isdisjoint(_parts(path)) for path in left_out)


def _parts(path: str) -> Iterator[str]:
    """The folders above a file, as a build may lay them out: each, below any of those above it.

    >>> sorted(_parts("src/a/b.json"))
    ['a', 'src', 'src/a']
    """
    folders = path.split("/")[:-1]
    for end in range(1, len(folders) + 1):
        yield from ("/".join(folders[start:end]) for start in range(end))


def find_omissions(files: Mapping[str, bytes], direct: Mapping[str, bytes]) -> tuple[tuple[str, ...], str]:
    """What only the ``direct`` wheel holds; and a sentence about what only an sdist makes, or nothing."""
    wheel = next(name for name in files if name.endswith(".whl"))
    if wheel not in direct:
        return (), f"straight from the commit, {', '.join(direct)} is built instead of {wheel}"
    ours, theirs = member_hashes(wheel, files[wheel]).keys(), member_hashes(wheel, direct[wheel]).keys()
    more = f"{wheel} holds {listed(ours - theirs, MAX_NAMES)}, and built straight from the commit it does not"
    return tuple(sorted(theirs - ours)), more if ours - theirs else ""
