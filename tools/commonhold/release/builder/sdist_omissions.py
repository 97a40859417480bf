"""Find files that an sdist omits, by comparing its wheel with a wheel built without the sdist."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.release.builder.reproducibility import MAX_NAMES, member_hashes
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def list_files(folder: str) -> Iterator[str]:
    """Yield the paths of the files in a staged copy."""
    for place, folders, names in os.walk(folder):
        # Staging adds a git repository for backends that list files with git; no artifact contains it.
        folders[:] = [name for name in folders if name != ".git"]
        below = os.path.relpath(place, folder).replace(os.sep, "/")
        yield from (name if below == "." else f"{below}/{name}" for name in names)


def may_omit_files(staged: Iterable[str], files: Mapping[str, bytes]) -> bool:
    """Return whether an sdist omits a file that its wheel might contain, as part of one of the wheel's packages.

    Most sdists omit only tests and documents, so this check saves most plugins a second build of the wheel.
    """
    sdist, wheel = sorted(files, key=lambda name: name.endswith(".whl"))
    kept = {path.partition("/")[2] for path in member_hashes(sdist, files[sdist])}
    omitted = [path for path in staged if "/" in path and path not in kept]
    if not omitted:
        return False
    packages = {path.rpartition("/")[0] for path in member_hashes(wheel, files[wheel]) if path.endswith(".py")}
    return any(not packages.isdisjoint(_possible_packages(path)) for path in omitted)


def _possible_packages(path: str) -> Iterator[str]:
    """Yield the folders where a file could be installed, because a backend may strip any number of leading folders.

    >>> sorted(_possible_packages("src/a/b.json"))
    ['a', 'src', 'src/a']
    """
    folders = path.split("/")[:-1]
    for end in range(1, len(folders) + 1):
        yield from ("/".join(folders[start:end]) for start in range(end))


def find_omissions(files: Mapping[str, bytes], direct: Mapping[str, bytes]) -> tuple[tuple[str, ...], str]:
    """Return the files that only the ``direct`` wheel contains, and an error if only the other wheel has some file."""
    wheel = next(name for name in files if name.endswith(".whl"))
    if wheel not in direct:
        return (), f"built directly from the commit, the result is {', '.join(direct)} instead of {wheel}"
    ours, theirs = member_hashes(wheel, files[wheel]).keys(), member_hashes(wheel, direct[wheel]).keys()
    # The contents of the wheel then depend on how it was built, so it is not reproducible from the commit.
    additional = f"{wheel} contains {listed(ours - theirs, MAX_NAMES)}, but not if built directly from the commit"
    return tuple(sorted(theirs - ours)), additional if ours - theirs else ""
