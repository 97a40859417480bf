"""Add series, plugins and releases to a plugin index. What it already lists stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from commonhold.catalog.catalog_folder import Catalog
from commonhold.catalog.comparison import find_violations
from commonhold.catalog.documents import (
    CatalogSeries,
    DocumentError,
    RootDocument,
    StatusDocument,
    TierDocument,
    decode_document,
    encode_document,
)
from commonhold.catalog.series import NIGHTLY, series_order
from commonhold.errors import CommonholdError, UsageError
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.catalog.documents import CatalogPlugin, CatalogRelease, SeriesState
    from commonhold.catalog.settings import CatalogSettings

_MOST_LISTED = 20


class CatalogRejectedError(CommonholdError):
    """A plugin index was not written, because the new version makes changes that it must not make."""


def grow(catalog: Catalog | None, settings: CatalogSettings, at: str) -> Catalog:
    """Return a plugin index with the current settings: a new one, or the existing one with its documents.

    Series that the settings close are closed. Tiers that the settings no longer have stay. ``at`` is the current time.
    """
    root = RootDocument(
        community=settings.community,
        generated=at,
        core=settings.core,
        series=[],
        tiers=list(settings.tiers),
        indexes=list(settings.indexes),
        documents={},
    )
    if catalog is None:
        return Catalog(root, StatusDocument(generated=at, plugins={}))
    series = [
        CatalogSeries(name=each.name, state="closed") if each.name in settings.closed else each
        for each in catalog.root.series
    ]
    tiers = {key: msgspec.structs.replace(document, generated=at, community=settings.community)
             for key, document in catalog.tiers.items() if catalog.state_of(key[0]) != "closed"}  # fmt: skip
    known = {tier.name for tier in settings.tiers}
    former = [msgspec.structs.replace(tier, default=False) for tier in catalog.root.tiers if tier.name not in known]
    return replace(
        catalog,
        root=msgspec.structs.replace(root, series=series, tiers=[*settings.tiers, *former]),
        status=msgspec.structs.replace(catalog.status, generated=at),
        tiers={**catalog.tiers, **tiers},
    )


def with_series(catalog: Catalog, name: str, at: str) -> Catalog:
    """Return the plugin index with a series, whose documents are empty if the series is new.

    Raises ``UsageError`` if the series is closed.
    """
    state = catalog.state_of(name)
    if state == "closed":
        raise UsageError(
            f"the series {name} of the plugin index is closed, so its documents never change",
            hint="Release for a version of the core in an open series.",
        )
    root = catalog.root
    if state is None:
        opened: SeriesState = "nightly" if name == NIGHTLY else "open"
        series = sorted(
            [*root.series, CatalogSeries(name=name, state=opened)], key=lambda each: series_order(each.name)
        )
        root = msgspec.structs.replace(root, series=series)
    empty = {
        (name, tier.name): TierDocument(
            community=root.community, core=root.core.distribution, series=name, tier=tier.name, generated=at, plugins=[]
        )
        for tier in root.tiers
    }
    return replace(catalog, root=root, tiers={**empty, **catalog.tiers})


def entry_problem(catalog: Catalog, tier: str, plugin: CatalogPlugin) -> str | None:
    """Return why a reader would reject the entry of a plugin, or ``None``.

    One hostile plugin would otherwise make the whole document invalid.
    """
    root = catalog.root
    document = TierDocument(
        community=root.community,
        core=root.core.distribution,
        series=NIGHTLY,
        tier=tier,
        generated=root.generated,
        plugins=[plugin],
    )
    try:
        decode_document(encode_document(document), TierDocument, "its entry", local=True)
    except DocumentError as error:
        return error.message
    return None


def with_plugin(
    catalog: Catalog, series: str, tier: str, plugin: CatalogPlugin, assets: Mapping[str, bytes] | None = None
) -> Catalog:
    """Return the plugin index with the releases of a plugin added to the document of a series and a tier.

    The plugin is described as its newest release describes it. ``assets`` are the files that the releases name. Raises
    ``CatalogRejectedError`` if a release that is listed has another file of the same name.
    """
    document = catalog.tiers[series, tier]
    plugins = {each.name: each for each in document.plugins}
    taken = {each.short for each in document.plugins if each.name != plugin.name}
    if plugin.short in taken:
        plugin = msgspec.structs.replace(plugin, short=plugin.name)
    plugins[plugin.name] = _merged(plugins.get(plugin.name), plugin)
    grown = msgspec.structs.replace(document, plugins=[plugins[name] for name in sorted(plugins)])
    return replace(catalog, tiers={**catalog.tiers, (series, tier): grown}, assets={**catalog.assets, **(assets or {})})


def _merged(old: CatalogPlugin | None, new: CatalogPlugin) -> CatalogPlugin:
    if old is None:
        return new
    releases = {release.version: release for release in old.releases}
    for release in new.releases:
        known = releases.get(release.version)
        releases[release.version] = release if known is None else _with_files(known, release, new.name)
    newest_first = sorted(releases.values(), key=lambda release: Version(release.version), reverse=True)
    described = new if new.releases and newest_first[0].version == new.releases[0].version else old
    return msgspec.structs.replace(described, short=old.short, releases=newest_first)


def _with_files(old: CatalogRelease, new: CatalogRelease, name: str) -> CatalogRelease:
    """Return the listed release with the files that it lacks."""
    known = {file.name: file for file in old.files}
    for file in new.files:
        if known.setdefault(file.name, file).sha256 != file.sha256:
            raise CatalogRejectedError(
                f"{name} {old.version}: {file.name} has the SHA-256 {file.sha256}, but the plugin index lists "
                f"{known[file.name].sha256}",
                hint="A version is never reused. Release the plugin with another version.",
            )
    return msgspec.structs.replace(old, files=[*known.values()])


def check_growth(old: Catalog | None, new: Catalog, most_shrinkage: int) -> None:
    """Raise ``CatalogRejectedError`` if the new version makes a change that a plugin index must not make."""
    violations = () if old is None else find_violations(old, new, most_shrinkage)
    if violations:
        lines = "\n".join(f"  {printable(violation)}" for violation in violations[:_MOST_LISTED])
        more = f"\n  and {len(violations) - _MOST_LISTED} more" if len(violations) > _MOST_LISTED else ""
        raise CatalogRejectedError(
            f"the plugin index is not written, because it must not change in this way:\n{lines}{more}",
            hint="Documents of an open series only grow, and those of a closed series never change.",
        )
