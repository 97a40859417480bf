"""Find the documents of the repository that are not part of a plugin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.projects.restructured_text import read_document
from commonhold.workspace.plugin_discovery import Owners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.checks.context import CheckedRepository
    from commonhold.projects.document import Document

_PLACES = ("", ".github/", "docs/", "doc/", "governance/")
"""The folders in which GitHub looks for documents about the repository, and the folder of this project's records."""

_DOCUMENTATION = ("docs/", "doc/", "website/", "site/")
_DOCUMENTS = re.compile(r"\.(md|rst|markdown|txt|mdx)$", re.IGNORECASE)
_MOST_DOCUMENTS = 2000


def find_root_file(repository: CheckedRepository, pattern: re.Pattern[str]) -> str | None:
    """Return the path of the first file about the repository whose name matches a pattern; the root comes first.

    In a workspace in a subfolder, the files next to the workspace's configuration count too.
    """
    return next(iter(_root_files(repository, pattern)), None)


def root_document(repository: CheckedRepository, pattern: re.Pattern[str]) -> Document | None:
    """Return the first document about the repository whose name matches a pattern.

    Some projects publish such documents as pages of their documentation, so its folders come last.
    """
    path = find_root_file(repository, pattern)
    if path is not None:
        return read_document(path, repository.text(path) or "")
    pages = (each for each in find_documents(repository) if each.path.startswith(_DOCUMENTATION))
    return next((each for each in pages if pattern.search(each.path)), None)


def root_texts(repository: CheckedRepository, pattern: re.Pattern[str]) -> Mapping[str, str]:
    """Return the contents of the files about the repository whose names match a pattern, by path."""
    return {path: repository.text(path) or "" for path in _root_files(repository, pattern)}


@once
def _by_place(repository: CheckedRepository) -> tuple[str, ...]:
    folder = repository.workspace.config.folder
    places = [*_PLACES, *(repository.workspace.config.path(place) for place in _PLACES if folder)]
    ranks = {place: rank for rank, place in enumerate(places)}
    found = [path for path in repository.files.entries if path[: path.rfind("/") + 1] in ranks]
    return tuple(sorted(found, key=lambda path: (ranks[path[: path.rfind("/") + 1]], path)))


def _root_files(repository: CheckedRepository, pattern: re.Pattern[str]) -> list[str]:
    return [path for path in _by_place(repository) if pattern.search(path)]


@once
def find_documents(repository: CheckedRepository) -> tuple[Document, ...]:
    """Return the root's documents and everything in the folders of documentation, outside the plugins."""
    owners = Owners(plugin.path for plugin in repository.workspace.plugins.values())
    start = (*_DOCUMENTATION, repository.workspace.config.path("docs/"))
    # The README of a folder of plugins often lists the plugins.
    parents = {plugin.path.rpartition("/")[0] for plugin in repository.workspace.plugins.values()}
    about = frozenset(_by_place(repository))
    every = (path for path in repository.files.entries if _DOCUMENTS.search(path))
    near = (path for path in every if path in about or path.startswith(start) or path.rpartition("/")[0] in parents)
    paths = [path for path in near if owners.of(path) is None][:_MOST_DOCUMENTS]
    repository.files.prefetch(paths)
    return tuple(read_document(path, repository.text(path) or "") for path in paths)
