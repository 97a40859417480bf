"""Find the plugins that are not ready for the coming release of the core, from a plugin index."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from commonhold.catalog.documents import ListedStatus
from commonhold.catalog.late_document import LateCore, LateDocument, LateEntry, LateReasonEntry
from commonhold.catalog.series import NIGHTLY, series_of, series_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogPlugin, CatalogRelease

_NOT_EXPECTED = frozenset({"retired", "quarantined"})


class LateKind(Enum):
    """Why a plugin is not ready. A plugin without a result counts as late, but its maintainers can do nothing."""

    FAILED = "failed"
    NO_RELEASE = "no-release"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class LateReason:
    """A reason as a sentence without its subject; ``url`` is the run of the tests."""

    kind: LateKind
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class LatePlugin:
    """A plugin that is not ready. ``newest`` is its newest listed version that is not yanked."""

    name: str
    tier: str
    state: str
    newest: str | None
    reasons: tuple[LateReason, ...]

    @property
    def needs_work(self) -> bool:
        """Whether its maintainers must do something; tests that did not run are not their task."""
        return any(reason.kind is not LateKind.UNTESTED for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class LateReport:
    """The late plugins for one version of the core, and the names of those that are ready for it."""

    distribution: str
    core: Version
    series: str
    late: tuple[LatePlugin, ...]
    ready: frozenset[str]

    @property
    def release(self) -> str:
        """The coming release, or the released version itself."""
        return self.core.base_version if self.is_coming else str(self.core)

    @property
    def is_coming(self) -> bool:
        """Whether the core has a pre-release of this version, but not the version itself."""
        return self.core.is_prerelease

    def document(self) -> LateDocument:
        """Return the report for JSON."""
        return LateDocument(
            core=LateCore(distribution=self.distribution, version=str(self.core), release=self.release),
            series=self.series,
            coming=self.is_coming,
            ready=sorted(self.ready),
            late=[
                LateEntry(
                    name=each.name,
                    tier=each.tier,
                    state=each.state,
                    version=each.newest,
                    reasons=[LateReasonEntry(kind=why.kind.value, text=why.text, url=why.url) for why in each.reasons],
                )
                for each in self.late
            ],
        )


def newest_core(catalog: Catalog) -> Version | None:
    """Return the newest version of the core that plugins were tested with, pre-releases included."""
    tested = (Version(result.core) for status in catalog.status.plugins.values() for result in status.compatibility)
    released = (version for version in tested if series_of(version) != NIGHTLY)
    return max(released, default=None)


def find_late_plugins(catalog: Catalog, core: Version, follows_core: Collection[str] = ()) -> LateReport:
    """Compare every plugin with a version of the core.

    A plugin is ready if its tests pass with this version, and one of its releases admits it. Plugins in
    ``follows_core`` get a new release together with the core, so only their tests count. Retired, quarantined and
    moved plugins are left out.
    """
    series = series_of(core, catalog.root.core.series)
    distribution = catalog.root.core.distribution
    late, ready = [], set()
    for name, (tier, releases) in sorted(_listed_plugins(catalog).items()):
        status = catalog.status.plugins.get(name, ListedStatus())
        if status.state in _NOT_EXPECTED or status.moved_to is not None:
            continue
        usable = [release for release in releases if _is_usable(status, release.version)]
        usable.sort(key=lambda release: Version(release.version), reverse=True)
        subject = f"{distribution} {core}"
        reasons = list(_test_reasons(status, series, core, subject))
        if name not in follows_core:
            reasons += _release_reasons(usable, Version(core.base_version), distribution)
        if reasons:
            newest = usable[0].version if usable else None
            late.append(LatePlugin(name, tier, status.state, newest, tuple(reasons)))
        else:
            ready.add(name)
    return LateReport(distribution, core, series, tuple(late), frozenset(ready))


def _listed_plugins(catalog: Catalog) -> dict[str, tuple[str, list[CatalogRelease]]]:
    """Return each plugin's tier, which is that of the newest series, and its releases for all series."""
    found: dict[str, tuple[str, list[CatalogRelease]]] = {}
    for series, tier in sorted(catalog.tiers, key=lambda key: (series_order(key[0]), key[1])):
        if series == NIGHTLY:
            continue
        plugins: Iterable[CatalogPlugin] = catalog.tiers[series, tier].plugins
        for plugin in plugins:
            _, known = found.get(plugin.name, ("", []))
            found[plugin.name] = (tier, [*known, *plugin.releases])
    return found


def _is_usable(status: ListedStatus, version: str) -> bool:
    marks = status.releases.get(version)
    return marks is None or (marks.yanked is None and marks.unlisted is None)


def _test_reasons(status: ListedStatus, series: str, core: Version, subject: str) -> Iterator[LateReason]:
    results = [each for each in status.compatibility if each.series == series and Version(each.core) == core]
    newest = max(results, key=lambda each: each.at, default=None)
    if newest is None:
        yield LateReason(LateKind.UNTESTED, f"its tests have not run with {subject}")
    elif newest.result == "failed":
        yield LateReason(LateKind.FAILED, f"its tests fail with {subject}", newest.url)
    elif newest.result != "passed":
        yield LateReason(LateKind.UNTESTED, f"the result of its tests with {subject} is unknown", newest.url)


def _release_reasons(usable: list[CatalogRelease], release: Version, distribution: str) -> Iterator[LateReason]:
    if any(_admits(each, release) for each in usable):
        return
    if not usable or usable[0].core is None:
        yield LateReason(LateKind.NO_RELEASE, "it has no release")
        return
    required = f"{distribution} {usable[0].core.range}"
    yield LateReason(LateKind.NO_RELEASE, f"its newest release {usable[0].version} requires {required}")


def _admits(release: CatalogRelease, core: Version) -> bool:
    return release.core is None or SpecifierSet(release.core.range).contains(core, prereleases=True)
