"""Plugin indexes of the plugins x-a, x-b, ... shortly before the release 1.17.0 of a core."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from commonhold.catalog.catalog_folder import Catalog
from commonhold.catalog.documents import RootDocument, StatusDocument, TierDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    Listed = tuple[list[dict[str, Any]], dict[str, Any]]

BETA = "1.17.0b2"
NOW = "2026-11-30T10:00:00Z"


def result_of(core: str, result: str, series: str = "1.17", at: str = NOW, url: str | None = None) -> dict[str, Any]:
    return {"series": series, "core": core, "version": "1.16.3", "result": result, "at": at, "url": url}


PASSED = result_of(BETA, "passed")


def release(version: str, core: str | None) -> dict[str, Any]:
    url = f"https://files.example.org/x-{version}.tar.gz"
    return {
        "version": version,
        "core": None if core is None else {"distribution": "core", "range": core},
        "released": NOW,
        "files": [{"url": url, "size": 1, "sha256": "0" * 64}],
    }


def listed(
    *,
    releases: list[dict[str, Any]] | None = None,
    results: list[dict[str, Any]] | None = None,
    marks: Mapping[str, Any] = MappingProxyType({}),
    state: str = "active",
    moved: dict[str, str] | None = None,
) -> Listed:
    """A plugin's releases and its entry in the status."""
    status = {"state": state, "releases": dict(marks), "compatibility": results or [], "moved_to": moved}
    return [release("1.16.3", ">=1.16")] if releases is None else releases, status


def catalog_of(plugins: Mapping[str, Listed], without_status: tuple[str, ...] = ()) -> Catalog:
    """A plugin index with one tier, whose plugins are in the series 1.16."""
    entries = [
        {
            "name": name,
            "short": name.removeprefix("x-"),
            "page": f"plugins/{name}/",
            "licence": "MIT",
            "releases": releases,
        }
        for name, (releases, _) in plugins.items()
    ]
    head = {"community": "Plugins", "generated": NOW}
    tier = {**head, "core": "core", "series": "1.16", "tier": "community", "plugins": entries}
    root = {
        **head,
        "core": {"distribution": "core"},
        "series": [{"name": "1.16", "state": "open"}, {"name": "1.17", "state": "open"}],
        "tiers": [{"name": "community", "default": False}],
        "documents": {},
    }
    status = {
        "generated": NOW,
        "plugins": {name: each for name, (_, each) in plugins.items() if name not in without_status},
    }
    return Catalog(
        msgspec.convert(root, RootDocument),
        msgspec.convert(status, StatusDocument),
        {("1.16", "community"): msgspec.convert(tier, TierDocument)},
    )
