"""Find the files above a plugin's folder that its metadata names, because its build may read them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from commonhold.projects import project_files, read_metadata
from commonhold.projects.paths import is_within
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from commonhold.projects.metadata import Dependency, Metadata
    from commonhold.tree import Tree

_MAX_PATHS = 3


def find_outside_files(tree: Tree, folder: str) -> tuple[str, ...]:
    """Return the paths of files and folders that a plugin's metadata names outside its own folder, sorted.

    Required projects are not included: builds install them.
    """
    paths = project_files(tree.entries, folder)
    contents = tree.read(paths)
    metadata = read_metadata(folder, lambda path: contents.get(path) or tree.read([path]).get(path), paths)
    named = (metadata.names | metadata.reads) - {each.path for each in _dependencies(metadata)}
    found = [path for path in named if not is_within(path, folder) and not is_within(folder, path)]
    existing = [path for path in found if _exists(tree.entries, path)]
    return tuple(sorted(path for path in existing if not _is_below_another(path, existing)))


def _dependencies(metadata: Metadata) -> Iterator[Dependency]:
    for several in (metadata.runtime, metadata.build, metadata.files):
        yield from several
    for named in (metadata.extras, metadata.groups):
        for several in named.values():
            yield from several


def _exists(entries: Collection[str], path: str) -> bool:
    return path in entries or any(each.startswith(f"{path}/") for each in entries)


def _is_below_another(path: str, others: Collection[str]) -> bool:
    return any(other != path and is_within(path, other) for other in others)


def explain_outside(folder: str, paths: Collection[str]) -> str:
    """Return a text to append to the reason for a failed build; ``""`` if the metadata names no outside files."""
    if not paths:
        return ""
    named = [posixpath.relpath(path, folder) for path in paths]
    # The wheel is built from the sdist, as users build it.
    return (
        f"; its metadata names {listed(named, _MAX_PATHS)}, outside its folder: if the backend cannot copy it into the "
        f"sdist, add a symbolic link (cd {folder} && ln -s {named[0]}) and name the link instead"
    )
