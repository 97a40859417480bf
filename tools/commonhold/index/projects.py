"""Look up the projects of a release on an index, with several requests at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from packaging.version import Version

    from commonhold.index.client import IndexClient

CONNECTIONS = 10
"""The number of simultaneous requests: a ``requests`` session keeps this many connections open."""


@dataclass(frozen=True, slots=True)
class IndexProject:
    """A project on an index.

    ``exists`` is false if the index has no project of that name. ``versions`` are the versions that have files, and
    ``installable`` are those that are not yanked. ``owners`` is ``None`` if the owners were not requested or are not
    published. ``ours`` is false if the project belongs to another publisher; then its versions are left out, because
    they are not versions of this repository's project.
    """

    exists: bool = False
    versions: frozenset[Version] = frozenset()
    installable: frozenset[Version] = frozenset()
    owners: frozenset[str] | None = None
    ours: bool = True


def look_up_projects(
    client: IndexClient, names: Iterable[str], *, owners: Collection[str] = (), progress: Callable[[str], object] = str
) -> Mapping[str, IndexProject]:
    """Look up projects by name; ``progress`` is called with the name of each project after its lookup.

    If ``owners`` are given, a project is ``ours`` only if one of them owns it. Raises ``IndexUnreachableError`` at the
    first request that fails.
    """
    unique = list(dict.fromkeys(names))
    found: dict[str, IndexProject] = {}
    with ThreadPoolExecutor(max_workers=CONNECTIONS) as pool:
        lookups = [pool.submit(_look_up, client, name, owners) for name in unique]
        try:
            for name, lookup in zip(unique, lookups, strict=True):
                found[name] = lookup.result()
                progress(name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def _look_up(client: IndexClient, name: str, ours: Collection[str]) -> IndexProject:
    files = client.files(name)
    if files is None:
        return IndexProject()
    owners = client.owners(name) if ours else None
    if owners and not {*map(str.casefold, owners)} & {*map(str.casefold, ours)}:
        return IndexProject(True, owners=owners, ours=False)
    known = [(version, file.yanked) for file in files if (version := parse_version(file.version or "")) is not None]
    installable = frozenset(version for version, yanked in known if not yanked)
    versions = frozenset(version for version, _ in known)
    return IndexProject(True, versions, installable, owners)
