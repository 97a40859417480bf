"""The settings of the plugin index: every mistake at once."""

from __future__ import annotations

from typing import Any

import pytest

from commonhold.errors import ConfigurationError
from commonhold.projects.names import normalize
from commonhold.workspace.config import decode_config
from commonhold.workspace.config.catalog_table import CatalogConfig, IndexConfig, MovedConfig

TIERS = {"official": {"path": ["plugins/*"]}}


def decode(table: Any) -> CatalogConfig | None:
    return decode_config({"tiers": TIERS, "catalog": table}, "pyproject.toml").catalog


def test_settings_of_the_plugin_index_are_decoded():
    assert decode_config({"tiers": TIERS}, "pyproject.toml").catalog is None
    assert decode({}) == CatalogConfig()
    read = decode(
        {
            "url": "https://acme.example/plugins",
            "series": "{major}",
            "closed": ["14"],
            "shrink": 0,
            "categories": {"Data": ["Acme_Spark"]},
            "indexes": {"other": {"url": "https://other.example/", "summary": "Others."}},
            "moved": {"Acme_Spark": {"to": "other/spark", "reason": "A fork took over."}},
        }
    )
    assert read == CatalogConfig(
        url="https://acme.example/plugins/",
        series="{major}",
        closed=("14",),
        shrink=0,
        categories={"Data": (normalize("acme-spark"),)},
        indexes={"other": IndexConfig("https://other.example/", "Others.")},
        moved={normalize("acme-spark"): MovedConfig("other/spark", "A fork took over.")},
    )
    assert read.category_of(normalize("acme-spark")) == "Data"
    assert read.category_of(normalize("acme")) is None


def test_every_mistake_is_reported():
    with pytest.raises(ConfigurationError) as caught:
        decode(
            {
                "url": "http://me:secret@acme.example/",
                "community-": "Acme",
                "series": "{minor}",
                "closed": ["1.x"],
                "shrink": True,
                "categories": {"A": ["x", "y!"], "B": ["x"]},
                "indexes": {"--x": {"url": "https://x.example/#a"}, "b": {}},
                "moved": {"x": {"to": "../x"}},
            }
        )
    assert [
        line.strip().removeprefix("tool.commonhold.catalog.") for line in caught.value.message.splitlines()[1:]
    ] == [
        'url: expected a URL without credentials and query, such as "https://acme.example/plugins/"',
        "community-: unknown key (did you mean 'community'?)",
        "series: expected one of '{major}.{minor}', '{major}', got '{minor}' (did you mean '{major}'?)",
        'closed[0]: expected the name of a series, such as "1.16"',
        "shrink: expected a percentage from 0 to 100, without quotes",
        "categories.A[1]: 'y!' is not a distribution name",
        "categories.B: x is already in the category 'A'",
        "indexes.--x: the name of a plugin index has lower-case letters, digits and dashes",
        'indexes.--x.url: expected a URL without credentials and query, such as "https://acme.example/plugins/"',
        "indexes.b.url: is required",
        'moved.x.to: expected a plugin as users name it, such as "acme-spark" or "index/spark"',
        "moved.x.reason: is required",
    ]
