"""Compare two versions of a plugin index, and list the changes that a plugin index must never make.

Documents of an open series only grow, those of a closed series never change, and those of ``nightly`` may be reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.catalog.catalog_folder import tier_path
from commonhold.catalog.series import NIGHTLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogPlugin, CatalogRelease, TierDocument

MOST_SHRINKAGE = 5
"""The percentage of entries that a document may lose by default."""

_FIXED = ("core", "requires_python", "requires", "commit", "git")
"""The fields of a release that never change, in addition to the hashes of its files."""


def find_violations(old: Catalog, new: Catalog, most_shrinkage: int = MOST_SHRINKAGE) -> tuple[str, ...]:
    """Return a sentence for each change that the new version must not make; empty if the new version is accepted.

    ``most_shrinkage`` is the percentage of plugins that a document may lose where it may lose plugins at all.
    """
    return tuple(_violations(old, new, most_shrinkage))


def _violations(old: Catalog, new: Catalog, most: int) -> Iterator[str]:
    if new.root.core != old.root.core:
        yield f"the core or its series rule changed from {_core(old)} to {_core(new)}"
    for series in old.root.series:
        state = new.state_of(series.name)
        if state is None:
            yield f"the series {series.name} is missing"
        elif series.state == "closed" and state != "closed":
            yield f"the series {series.name} is closed, but it was opened again"
    for tier in old.root.tiers:
        if all(each.name != tier.name for each in new.root.tiers):
            yield f"the tier {tier.name} is missing"
    yield from _shrinks("status.json", len(old.status.plugins), len(new.status.plugins), most)
    yield from _lost_history(old, new)
    for key, document in old.tiers.items():
        yield from _document_violations(document, new.tiers.get(key), old.state_of(key[0]))
    for series_name, tier_name in new.tiers.keys() - old.tiers.keys():
        if old.state_of(series_name) == "closed":
            yield f"{tier_path(series_name, tier_name)} is new, but the series is closed"


def _core(catalog: Catalog) -> str:
    return f"{catalog.root.core.distribution} ({catalog.root.core.series})"


def _lost_history(old: Catalog, new: Catalog) -> Iterator[str]:
    for name, status in old.status.plugins.items():
        now = new.status.plugins.get(name)
        if now is not None and any(change not in now.history for change in status.history):
            yield f"status.json: the history of {name} lost a change of its state"


def _document_violations(old: TierDocument, new: TierDocument | None, state: str | None) -> Iterator[str]:
    path = tier_path(old.series, old.tier)
    if old.series == NIGHTLY:
        return
    if new is None:
        yield f"{path} is missing"
    elif state == "closed":
        if new != old:
            yield f"{path} changed, but the series is closed"
    else:
        plugins = {plugin.name: plugin for plugin in new.plugins}
        for plugin in old.plugins:
            now = plugins.get(plugin.name)
            if now is None:
                yield f"{path} drops {plugin.name}"
            else:
                for problem in _plugin_violations(plugin, now):
                    yield f"{path}: {problem}"


def _plugin_violations(old: CatalogPlugin, new: CatalogPlugin) -> Iterator[str]:
    if old.short != new.short:
        yield f"the short name of {old.name} changed from {old.short} to {new.short}"
    releases = {release.version: release for release in new.releases}
    for release in old.releases:
        now = releases.get(release.version)
        if now is None:
            yield f"{old.name} drops the release {release.version}"
        else:
            yield from (f"{old.name} {release.version}: {problem}" for problem in _release_violations(release, now))


def _release_violations(old: CatalogRelease, new: CatalogRelease) -> Iterator[str]:
    files = {file.name: file for file in new.files}
    for file in old.files:
        now = files.get(file.name)
        if now is None:
            yield f"the file {file.name} is missing"
        elif (now.sha256, now.size) != (file.sha256, file.size):
            yield f"{file.name} has another hash"
    for field in _FIXED:
        if getattr(old, field) != getattr(new, field):
            yield f"`{field}` changed"


def _shrinks(name: str, before: int, after: int, most: int) -> Iterator[str]:
    if after * 100 < before * (100 - most):
        yield f"{name} shrinks from {before} to {after} plugins, which is more than {most} %"
