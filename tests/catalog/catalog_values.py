"""Small values of catalogue documents for tests."""

from __future__ import annotations

from typing import Any

from commonhold.catalog.catalog_folder import Catalog
from commonhold.catalog.documents import (
    CatalogFile,
    CatalogPlugin,
    CatalogRelease,
    CatalogSeries,
    CatalogTier,
    CoreRange,
    RootDocument,
    SeriesRule,
    SeriesState,
    StatusDocument,
    TierDocument,
)
from commonhold.catalog.series import series_order

AT = "2026-11-30T10:00:00Z"


def release(version: str = "1.16.0", name: str = "flytekitplugins-spark", **fields: Any) -> CatalogRelease:
    """A release with one wheel, whose hash depends on the version."""
    wheel = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    digest = f"{sum(map(ord, version)):064x}"
    file = CatalogFile(url=f"https://files.example/{wheel}", size=9, sha256=digest)
    usual: dict[str, Any] = {
        "core": CoreRange(distribution="flytekit", range=">=1.16,<2"),
        "released": AT,
        "files": [file],
    }
    return CatalogRelease(version=version, **{**usual, **fields})


def plugin(name: str = "flytekitplugins-spark", *versions: str, **fields: Any) -> CatalogPlugin:
    """A plugin with a release for each version."""
    releases = [release(version, name) for version in versions or ("1.16.0",)]
    usual: dict[str, Any] = {
        "short": name.removeprefix("flytekitplugins-"),
        "page": f"plugins/{name}/",
        "releases": releases,
    }
    return CatalogPlugin(name=name, **{**usual, **fields})


def tier_document(*plugins: CatalogPlugin, **fields: Any) -> TierDocument:
    """A document of the official tier in series 1.16."""
    usual: dict[str, Any] = {"series": "1.16", "tier": "official", "generated": AT, "core": "flytekit"}
    return TierDocument(community="Flyte plugins", plugins=list(plugins), **{**usual, **fields})


def catalog(*documents: TierDocument, closed: tuple[str, ...] = (), **status: Any) -> Catalog:
    """A catalogue with these documents; series in ``closed`` are closed."""
    names = sorted({"1.16", *closed, *(document.series for document in documents)}, key=series_order)
    states: dict[str, SeriesState] = {name: "closed" if name in closed else "open" for name in names}
    states |= {"nightly": "nightly"} if "nightly" in states else {}
    root = RootDocument(
        community="Flyte plugins",
        generated=AT,
        core=SeriesRule(distribution="flytekit"),
        series=[CatalogSeries(name=name, state=state) for name, state in states.items()],
        tiers=[CatalogTier(name="official", default=True), CatalogTier(name="community", default=False, notice="No.")],
        documents={},
    )
    return Catalog(
        root,
        StatusDocument(generated=AT, plugins=status),
        {(document.series, document.tier): document for document in documents},
    )
