"""Read the documents of a plugin index, and merge the entries of each plugin from every series."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from commonhold.catalog.catalog_folder import read_catalog
from commonhold.catalog.documents import (
    LARGEST_DOCUMENT,
    CatalogTier,
    DocumentError,
    ListedStatus,
    ReleaseMarks,
)
from commonhold.catalog.series import NIGHTLY, series_order
from commonhold.effects.files import read_untrusted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commonhold.catalog.documents import CatalogPlugin, CatalogRelease, RootDocument, TierDocument

PYTHONS = tuple(f"3.{minor}" for minor in range(9, 16))
"""The versions of Python that readers can filter by."""


@dataclass(frozen=True, slots=True)
class SiteRelease:
    """A release with the series that list it, the newest first, and its marks."""

    release: CatalogRelease
    series: tuple[str, ...]
    marks: ReleaseMarks

    @property
    def is_usable(self) -> bool:
        """True if nothing speaks against installing the release."""
        return not (self.marks.yanked or self.marks.failing or self.marks.unlisted)


@dataclass(frozen=True)
class SitePlugin:
    """A plugin as the newest series describes it, with its releases of every series, the newest first."""

    plugin: CatalogPlugin
    tier: CatalogTier
    series: tuple[str, ...]
    releases: tuple[SiteRelease, ...]
    status: ListedStatus

    @property
    def name(self) -> str:
        """The normalized name of the distribution."""
        return self.plugin.name

    @property
    def is_active(self) -> bool:
        """True if lists show the plugin by default."""
        return self.status.state == "active"

    @cached_property
    def newest(self) -> SiteRelease | None:
        """The newest usable release, preferably one that is neither a pre-release nor a nightly build."""

        def rank(each: SiteRelease) -> tuple[bool, bool, bool]:
            version = Version(each.release.version)
            return each.is_usable, bool(each.release.files), not version.is_prerelease

        return max(self.releases, key=rank, default=None)

    @cached_property
    def pythons(self) -> tuple[str, ...]:
        """The versions of Python that the newest release admits."""
        if self.newest is None:
            return ()
        admitted = SpecifierSet(self.newest.release.requires_python or "")
        return tuple(each for each in PYTHONS if admitted.contains(f"{each}.99") or admitted.contains(f"{each}.0"))

    @property
    def first_released(self) -> str:
        """The day of the first listed release."""
        return min((each.release.released for each in self.releases), default="")[:10]

    @property
    def last_released(self) -> str:
        """The day of the newest usable release."""
        return self.newest.release.released[:10] if self.newest else ""


@dataclass(frozen=True)
class Listing:
    """Everything that the documents of a plugin index contain."""

    root: RootDocument
    plugins: tuple[SitePlugin, ...]
    folder: str

    @property
    def active(self) -> tuple[SitePlugin, ...]:
        """The plugins that lists show by default."""
        return tuple(each for each in self.plugins if each.is_active)

    def newest_first(self, names: Iterable[str] = ()) -> list[str]:
        """Return the names of all series of the plugin index and of ``names``: the newest first, and nightly last."""
        return sorted({*names, *(each.name for each in self.root.series)}, key=_age)

    def read(self, path: str, sha256: str | None = None) -> bytes:
        """Read a file next to the documents. Raises ``DocumentError`` if it is missing or has another hash."""
        try:
            data = read_untrusted(os.path.join(self.folder, path), LARGEST_DOCUMENT)
        except OSError as error:
            raise DocumentError(f"{path} cannot be read in {self.folder}: {error.strerror}") from error
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise DocumentError(f"{path} in {self.folder} does not have the SHA-256 in its name")
        return data


def read_listing(folder: str, *, local: bool = False) -> Listing:
    """Read and merge the documents in a folder. URLs of local files are accepted only with ``local``."""
    catalog = read_catalog(folder, local=local)
    order = {tier.name: at for at, tier in enumerate(catalog.root.tiers)}
    documents = sorted(catalog.tiers.values(), key=lambda each: (_age(each.series), order.get(each.tier, len(order))))
    tiers = {tier.name: tier for tier in catalog.root.tiers}
    return Listing(catalog.root, tuple(_merge(documents, tiers, catalog.status.plugins)), folder)


def _merge(
    documents: Sequence[TierDocument], tiers: Mapping[str, CatalogTier], status: Mapping[str, ListedStatus]
) -> Iterator[SitePlugin]:
    entries: dict[str, list[tuple[TierDocument, CatalogPlugin]]] = {}
    for document in documents:
        for plugin in document.plugins:
            entries.setdefault(plugin.name, []).append((document, plugin))
    for name, found in entries.items():
        known = status.get(name, ListedStatus())
        releases: dict[str, tuple[CatalogRelease, list[str]]] = {}
        for document, plugin in found:
            for release in plugin.releases:
                releases.setdefault(release.version, (release, []))[1].append(document.series)
        listed = (
            SiteRelease(release, tuple(dict.fromkeys(series)), known.releases.get(version, ReleaseMarks()))
            for version, (release, series) in releases.items()
        )
        # A nightly entry describes the plugin only while no series of a release does.
        document, plugin = found[0]
        tier = tiers.get(document.tier, CatalogTier(name=document.tier, default=False))
        ordered = sorted(listed, key=lambda each: Version(each.release.version), reverse=True)
        yield SitePlugin(plugin, tier, tuple(dict.fromkeys(each.series for each, _ in found)), tuple(ordered), known)


def _age(series: str) -> tuple[int, ...]:
    return (1,) if series == NIGHTLY else (0, *(-part for part in series_order(series)))
