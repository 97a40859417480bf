"""Build a new version of a plugin index in a folder: from a release, or with the newest status of its plugins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.catalog.admission import admit_tested
from commonhold.catalog.catalog_folder import has_catalog, read_catalog, settle, write_catalog
from commonhold.catalog.changes import describe_changes
from commonhold.catalog.from_commit import list_commit
from commonhold.catalog.from_release import add_release
from commonhold.catalog.growth import check_growth, grow
from commonhold.catalog.status_update import StatusSources, listed_versions, update_status
from commonhold.errors import UsageError
from commonhold.index.projects import CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.from_commit import CommitContext
    from commonhold.catalog.from_release import ReleaseContext
    from commonhold.catalog.settings import CatalogSettings
    from commonhold.index.client import IndexClient
    from commonhold.index.page import IndexPage
    from commonhold.release.model.store import Store


@dataclass(frozen=True, slots=True)
class BuildReport:
    """A line for each change to the plugin index, and a sentence for each plugin that is left out."""

    changes: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def build_from_release(folder: str, store: Store, settings: CatalogSettings, context: ReleaseContext) -> BuildReport:
    """Add the verified plugins of a release to the plugin index in a folder, and write it.

    Raises ``CatalogRejectedError``, ``DocumentError`` and ``IndexUnreachableError``; the folder is unchanged then.
    """
    old = read_existing(folder)
    new, left_out = add_release(grow(old, settings, context.at), store, context)
    sources = StatusSources(context.at, context.governed, context.tests, moved=settings.moved)
    return BuildReport(write_version(folder, old, update_status(new, sources), settings.shrink), left_out)


def build_from_commit(folder: str, settings: CatalogSettings, context: CommitContext) -> BuildReport:
    """List the plugins of a commit in the series ``nightly`` of the plugin index in a folder, and write it.

    Raises the same errors as a release.
    """
    old = read_existing(folder)
    new, left_out = list_commit(grow(old, settings, context.at), context)
    sources = StatusSources(context.at, context.governed, moved=settings.moved)
    return BuildReport(write_version(folder, old, update_status(new, sources), settings.shrink), left_out)


def build_status(folder: str, settings: CatalogSettings, sources: StatusSources) -> BuildReport:
    """Update the status of every plugin in the plugin index in a folder, and write it.

    Plugins are added to the series with which their tests pass. Raises ``UsageError`` if the folder contains no plugin
    index; otherwise the same errors as a release.
    """
    old = read_catalog(folder, local=True)
    new = update_status(grow(old, settings, sources.at), sources)
    if sources.tests is not None:
        new = admit_tested(new, sources.tests, sources.at)
    return BuildReport(write_version(folder, old, new, settings.shrink))


def read_existing(folder: str) -> Catalog | None:
    """Read the plugin index in a folder; ``None`` if there is none yet. Raises ``DocumentError``."""
    return read_catalog(folder, local=True) if has_catalog(folder) else None


def write_version(folder: str, old: Catalog | None, new: Catalog, most_shrinkage: int) -> tuple[str, ...]:
    """Write a new version of a plugin index, and return a line for each change. Nothing is written without a change.

    Raises ``CatalogRejectedError`` if the new version makes a change that it must not make.
    """
    check_growth(old, new, most_shrinkage)
    settled = settle(old, new)
    if old is not None and settled.root == old.root:  # it contains the hashes of all other documents
        return ()
    write_catalog(folder, settled)
    return tuple(describe_changes(old, settled))


def read_pages(catalog: Catalog, client: IndexClient) -> Mapping[str, IndexPage | None]:
    """Read the page of every listed plugin on the package index. Raises ``IndexUnreachableError``.

    Raises ``UsageError`` if the package index has none of the plugins: then it is another package index.
    """
    names = sorted(name for name, versions in listed_versions(catalog).items() if versions)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        pages = dict(zip(names, pool.map(client.page, names), strict=True))
    if names and not any(pages.values()):
        raise UsageError(
            f"the package index {client.address.simple} has none of the listed plugins",
            hint="Pass the URL of the simple API that has them with --simple.",
        )
    return pages
