"""What an index has of the projects of a release, asked for all of them side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from packaging.version import Version

    from commonhold.index.client import IndexClient

AT_ONCE = 10
"""How many questions are open at a time: as many as a session of ``requests`` keeps connections."""


@dataclass(frozen=True, slots=True)
class IndexProject:
    """A project of an index.

    ``exists`` is false where the index has none. ``versions`` have files; ``standing`` are those of them that
    have not been yanked. ``owners`` are who owns it, ``None`` where that was not asked or is not told. ``ours`` is
    false where none of the owners is one that was asked for: then what it has is no version of the project of that
    name here, and is left out.
    """

    exists: bool = False
    versions: frozenset[Version] = frozenset()
    standing: frozenset[Version] = frozenset()
    owners: frozenset[str] | None = None
    ours: bool = True


def look_up_projects(
    registry: IndexClient, names: Iterable[str], *, owners: Collection[str] = (), told: Callable[[str], object] = str
) -> Mapping[str, IndexProject]:
    """What the index has of these projects; ``told`` hears of each that was answered.

    With ``owners``, one of which each should have, the index is asked for those too.

    Raises ``IndexUnreachableError`` at the first question that the index does not answer.
    """
    wanted = list(dict.fromkeys(names))
    found: dict[str, IndexProject] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        asked = [pool.submit(_look_up, registry, name, owners) for name in wanted]
        try:
            for name, answer in zip(wanted, asked, strict=True):
                found[name] = answer.result()
                told(name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def _look_up(registry: IndexClient, name: str, owners: Collection[str]) -> IndexProject:
    files = registry.files(name)
    if files is None:
        return IndexProject()
    theirs = registry.owners(name) if owners else None
    if theirs and not {*map(str.casefold, theirs)} & {*map(str.casefold, owners)}:
        return IndexProject(True, owners=theirs, ours=False)
    known = [(version, file.yanked) for file in files if (version := parse_version(file.version or "")) is not None]
    standing = frozenset(version for version, yanked in known if not yanked)
    versions = frozenset(version for version, _ in known)
    return IndexProject(True, versions, standing, theirs)
