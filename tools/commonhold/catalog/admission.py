"""Add listed plugins to series of the core with which their tests pass, without a new release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from commonhold.catalog.documents import ListedStatus
from commonhold.catalog.growth import with_plugin, with_series
from commonhold.catalog.series import NIGHTLY, admits_series, series_of, series_order

if TYPE_CHECKING:
    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogPlugin, CatalogRelease
    from commonhold.catalog.tested import CoreTestResults

_NOT_ADDED = frozenset({"retired", "quarantined"})


def admit_tested(catalog: Catalog, tests: CoreTestResults, at: str) -> Catalog:
    """Return the plugin index with each plugin in the open series that it admits and with which its tests pass.

    A version of the core that begins a new series, such as its first pre-release, creates the documents of that series.
    """
    for name in sorted({series_of(each.core, tests.rule) for each in tests.results} - {NIGHTLY}, key=series_order):
        known = [series.name for series in catalog.root.series if series.name != NIGHTLY]
        if name not in known and any(series_order(each) > series_order(name) for each in known):
            continue  # an old series that was never listed
        if catalog.state_of(name) != "closed":
            catalog = _admit(with_series(catalog, name, at), name, tests)
    return catalog


def _admit(catalog: Catalog, series: str, tests: CoreTestResults) -> Catalog:
    listed = {plugin.name for key, document in catalog.tiers.items() if key[0] == series for plugin in document.plugins}
    for name, (tier, plugin) in sorted(_newest_entries(catalog).items()):
        status = catalog.status.plugins.get(name, ListedStatus())
        tested = tests.find(name, series)
        if name in listed or tested is None or not tested.passed or status.state in _NOT_ADDED:
            continue
        release = next((each for each in plugin.releases if _is_usable(status, each, series)), None)
        if release is not None:
            catalog = with_plugin(catalog, series, tier, msgspec.structs.replace(plugin, releases=[release]))
    return catalog


def _newest_entries(catalog: Catalog) -> dict[str, tuple[str, CatalogPlugin]]:
    """Return each plugin's tier and description in the newest series, with its releases of all series."""
    found: dict[str, tuple[str, CatalogPlugin]] = {}
    for series, tier in sorted(catalog.tiers, key=lambda key: (series_order(key[0]), key[1])):
        if series == NIGHTLY:
            continue
        for plugin in catalog.tiers[series, tier].plugins:
            older = found[plugin.name][1].releases if plugin.name in found else []
            by_version = {release.version: release for release in (*older, *plugin.releases)}
            newest_first = sorted(by_version.values(), key=lambda release: Version(release.version), reverse=True)
            found[plugin.name] = tier, msgspec.structs.replace(plugin, releases=newest_first)
    return found


def _is_usable(status: ListedStatus, release: CatalogRelease, series: str) -> bool:
    marks = status.releases.get(release.version)
    if marks is not None and (marks.yanked or marks.unlisted or marks.failing):
        return False
    return release.core is None or admits_series(release.core.range, series)
