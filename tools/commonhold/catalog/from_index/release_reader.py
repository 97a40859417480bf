"""Read the releases of one project from a package index, and assign them to the series of the core."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from commonhold.catalog.documents import CatalogFile
from commonhold.catalog.from_index.core_series import admitted_pythons
from commonhold.catalog.from_index.indexed_releases import NEWEST, find_indexed_releases
from commonhold.catalog.release_entry import ReleaseOrigin, checked_release, format_time, readme_entry, release_entry
from commonhold.catalog.series import admits_series
from commonhold.catalog.untrusted_text import clean_line, clean_url
from commonhold.catalog.wheel_facts import (
    UnreadableReleaseError,
    WheelFacts,
    read_archive_facts,
    read_metadata_facts,
)
from commonhold.release.model.archive import MAX_FILE_BYTES
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.catalog.documents import CatalogRelease
    from commonhold.catalog.from_index.core_series import ReleasedSeries
    from commonhold.catalog.from_index.download_cache import DownloadCache
    from commonhold.catalog.from_index.indexed_releases import IndexedRelease
    from commonhold.index.client import IndexClient
    from commonhold.index.page import IndexFile, IndexPage

_LARGEST_METADATA = 2**24


@dataclass(frozen=True)
class IndexedProject:
    """A project on a package index: the facts of its newest release, and the releases that each series lists.

    ``facts`` is ``None`` if no release can be listed. ``problems`` are the releases that are left out.
    """

    name: str
    page: IndexPage
    facts: WheelFacts | None = None
    by_series: tuple[tuple[str, tuple[CatalogRelease, ...]], ...] = ()
    assets: tuple[tuple[str, bytes], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass
class _SeriesList:
    """The releases that a series lists: the newest ones, and one for each Python version that they do not support."""

    name: str
    newest: int
    uncovered: set[str]
    releases: list[CatalogRelease] = field(default_factory=list)

    def needs(self, candidate: IndexedRelease) -> bool:
        # A user of an old Python needs the newest release for that Python, however old it is.
        pythons = admitted_pythons(candidate.requires_python)
        return len(self.releases) < self.newest or not self.uncovered.isdisjoint(pythons)

    def add(self, candidate: IndexedRelease, release: CatalogRelease) -> None:
        if self.needs(candidate) and (release.core is None or admits_series(release.core.range, self.name)):
            self.releases.append(release)
            self.uncovered -= admitted_pythons(candidate.requires_python)


@dataclass(frozen=True)
class ReleaseReader:
    """Reads projects: ``series`` are the series of the distribution ``core``, and ``newest`` limits each list.

    ``now`` is the time of a release whose upload time the index does not list.
    """

    client: IndexClient
    cache: DownloadCache
    core: str
    series: Sequence[ReleasedSeries]
    now: str
    newest: int = NEWEST

    def read(self, name: str, page: IndexPage) -> IndexedProject:
        """Read the releases of a project, the newest first, until every series lists enough of them.

        Raises ``IndexUnreachableError``.
        """
        lists = [_SeriesList(series.name, self.newest, set(series.pythons)) for series in self.series]
        newest: WheelFacts | None = None
        assets: dict[str, bytes] = {}
        problems = []
        for candidate in find_indexed_releases(page.files, name, self.newest):
            if not any(each.needs(candidate) for each in lists):
                continue
            try:
                facts = self._facts(candidate, name, is_whole=newest is None)
                release = self._entry(candidate, facts, assets)
            except (UnreadableReleaseError, ValueError) as error:
                problems.append(f"{name} {candidate.version} is not listed: {clean_line(str(error))}")
                continue
            newest = newest or facts
            for each in lists:
                each.add(candidate, release)
        return IndexedProject(
            name=name,
            page=page,
            facts=newest,
            by_series=tuple((each.name, tuple(each.releases)) for each in lists if each.releases),
            assets=tuple(assets.items()),
            problems=tuple(problems),
        )

    def _facts(self, candidate: IndexedRelease, name: str, *, is_whole: bool) -> WheelFacts:
        """Return the facts about a release; its metadata is enough unless the whole file is needed."""
        file = candidate.files[0]
        metadata = replace(file, name=f"{file.name}.metadata", url=f"{file.url}.metadata")
        if file.details.metadata and not is_whole:
            facts = read_metadata_facts(
                metadata.name, self._fetch(metadata, file.details.metadata_sha256, _LARGEST_METADATA)
            )
        else:
            facts = read_archive_facts(file.name, self._fetch(file, file.sha256, MAX_FILE_BYTES))
        if facts.name != canonicalize_name(name) or parse_version(facts.version) != candidate.version:
            raise UnreadableReleaseError(f"{file.name} contains {facts.name} {facts.version}")
        return facts

    def _entry(self, candidate: IndexedRelease, facts: WheelFacts, assets: dict[str, bytes]) -> CatalogRelease:
        readme = None
        if facts.readme is not None:
            readme, data = readme_entry(facts.readme)
            assets[readme.path] = data
        origin = ReleaseOrigin(_as_utc(candidate.uploaded) or self.now)
        files = [self._file(file) for file in candidate.files]
        entry = release_entry(facts, self.core, files, origin, readme)
        # A value that no document may contain leaves out this release only.
        return checked_release(entry)

    def _file(self, file: IndexFile) -> CatalogFile:
        size, sha256 = file.details.size, file.sha256
        if size is None or sha256 is None:
            data = self._fetch(file, sha256, MAX_FILE_BYTES)
            size, sha256 = len(data), hashlib.sha256(data).hexdigest()
        return CatalogFile(url=file.url, size=size, sha256=sha256, provenance=clean_url(file.details.provenance))

    def _fetch(self, file: IndexFile, sha256: str | None, limit: int) -> bytes:
        """Return the content of a file, from the cache if it is there."""
        data = self.cache.load(sha256, limit) if sha256 is not None else None
        if data is not None:
            return data
        data = self.client.fetch(file, limit)
        if data is None:
            raise UnreadableReleaseError(f"{file.name} has more than {limit:,} bytes")
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise UnreadableReleaseError(f"{file.name} does not have the SHA-256 that the index lists")
        self.cache.store(data)
        return data


def _as_utc(text: str) -> str | None:
    """Return a time in seconds and UTC, as documents write it; ``None`` if the text is not a time."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return format_time((found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found).timestamp())
