"""Exports for Backstage and landscape2, compared with schemas of the formats that their documentation describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from commonhold.catalog.catalog_folder import write_catalog
from commonhold.catalog.documents import CatalogMaintainer, ListedStatus
from commonhold.catalog.site import SiteOptions
from commonhold.catalog.site.backstage import BACKSTAGE, backstage_catalog
from commonhold.catalog.site.community import Community
from commonhold.catalog.site.landscape import LANDSCAPE, LANDSCAPE_LOGOS, landscape_data
from commonhold.catalog.site.listing import read_listing
from tests.catalog.built_sites import LOGO, SPARK, VAEX, build, two_plugins
from tests.catalog.catalog_values import catalog, plugin, tier_document

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://octo.example/plugins/"
_NAME = {"type": "string", "pattern": r"^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$", "maxLength": 63}
_REFERENCE = {"type": "string", "pattern": r"^(user|group):default/[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$"}
_TEXT = {"type": "string", "minLength": 1}
_LINK = {"type": "string", "pattern": "^https://"}
ENTITY = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "backstage.io/v1alpha1"},
        "kind": {"enum": ["System", "Component"]},
        "metadata": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": _NAME,
                "title": _TEXT,
                "description": _TEXT,
                "annotations": {
                    "type": "object",
                    "propertyNames": {"pattern": "^[a-z.]+/[a-z-]+$"},
                    "additionalProperties": _TEXT,
                },
                "tags": {
                    "type": "array",
                    "items": {"type": "string", "pattern": "^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$", "maxLength": 63},
                },
                "links": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["url"],
                        "additionalProperties": False,
                        "properties": {"url": _LINK, "title": _TEXT},
                    },
                },
            },
        },
        "spec": {"type": "object", "required": ["owner"], "properties": {"owner": _REFERENCE, "system": _NAME}},
    },
    "if": {"properties": {"kind": {"const": "Component"}}},
    "then": {
        "properties": {
            "spec": {
                "required": ["type", "lifecycle", "owner"],
                "properties": {"type": _TEXT, "lifecycle": {"enum": ["experimental", "production", "deprecated"]}},
            }
        }
    },
}
_ITEM = {
    "type": "object",
    "required": ["name", "homepage_url", "logo"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "homepage_url": _LINK,
        "logo": {"type": "string", "pattern": r"^[^/]+\.svg$"},
        "description": _TEXT,
        "repo_url": {"type": "string", "pattern": "^https://github.com/[^/]+/[^/]+$"},
        "extra": {"type": "object", "properties": {"documentation_url": _LINK}},
    },
}


def _named(key: str, items: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", key],
            "additionalProperties": False,
            "properties": {"name": _TEXT, key: {"type": "array", "items": items}},
        },
    }


LANDSCAPE_DATA = {
    "type": "object",
    "required": ["categories"],
    "properties": {"categories": _named("subcategories", _named("items", _ITEM)["items"])},
}


def entities(data: bytes) -> list[dict[str, Any]]:
    found = list(yaml.safe_load_all(data))
    for entity in found:
        jsonschema.validate(entity, ENTITY, cls=jsonschema.Draft202012Validator)
    names = [(entity["kind"], entity["metadata"]["name"]) for entity in found]
    assert len(set(names)) == len(names)
    return found


def landscape(data: bytes) -> dict[str, dict[str, list[dict[str, Any]]]]:
    found = yaml.safe_load(data)
    jsonschema.validate(found, LANDSCAPE_DATA, cls=jsonschema.Draft202012Validator)
    return {
        category["name"]: {each["name"]: each["items"] for each in category["subcategories"]}
        for category in found["categories"]
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    community = Community(None, (), (), (), URL)
    retired = ListedStatus(state="retired", since="2026-01-01", reason="Gone.")
    return build(tmp_path_factory.mktemp("site"), two_plugins(vaex=retired), SiteOptions(community))


def test_backstage_gets_a_system_and_a_component_for_each_plugin(site: Path) -> None:
    system, *components = entities((site / BACKSTAGE).read_bytes())
    assert (system["kind"], system["metadata"]["title"]) == ("System", "Flyte plugins")
    by_name = {entity["metadata"]["name"]: entity for entity in components}
    assert by_name.keys() == {SPARK, VAEX}
    assert by_name[SPARK]["spec"] == {
        "type": "library", "lifecycle": "production", "owner": "group:default/official", "system": "flyte-plugins"
    }  # fmt: skip
    assert by_name[SPARK]["metadata"]["links"][0] == {"url": f"{URL}plugins/{SPARK}/", "title": "Plugin"}
    assert by_name[SPARK]["metadata"]["tags"] == ["cluster", "compute", "official"]
    assert by_name[VAEX]["spec"]["lifecycle"] == "deprecated"
    assert by_name[VAEX]["spec"]["owner"] == "user:default/octocat"


def test_a_landscape_gets_the_active_plugins_by_category_and_tier(site: Path) -> None:
    found = landscape((site / LANDSCAPE).read_bytes())
    assert {category: list(tiers) for category, tiers in found.items()} == {"Compute": ["official"]}
    (item,) = found["Compute"]["official"]
    assert item["homepage_url"] == f"{URL}plugins/{SPARK}/"
    assert item["extra"] == {"documentation_url": "https://docs.example/spark"}
    assert (site / LANDSCAPE_LOGOS / item["logo"]).read_bytes() == LOGO


def test_texts_that_yaml_reads_as_other_types_stay_texts(tmp_path: Path) -> None:
    odd = plugin(summary="no", category="1.10", keywords=["C++", "a b", "---"], source="https://github.com/o/r/tree/main/x",
                 maintainers=[CatalogMaintainer(name="x: y # z")])  # fmt: skip
    write_catalog(str(tmp_path), catalog(tier_document(odd)))
    listing = read_listing(str(tmp_path))
    component = entities(backstage_catalog(listing, None))[1]
    assert component["metadata"]["description"] == "no"
    assert component["metadata"]["tags"] == ["1-10", "a-b", "c++", "official"]
    assert component["metadata"]["annotations"]["github.com/project-slug"] == "o/r"
    found = landscape(landscape_data(listing, None))
    assert found["1.10"]["official"][0]["repo_url"] == "https://github.com/o/r"


def test_a_plugin_without_a_link_is_not_in_the_landscape(tmp_path: Path) -> None:
    write_catalog(str(tmp_path), catalog(tier_document(plugin())))
    assert landscape(landscape_data(read_listing(str(tmp_path)), None)) == {}
    assert list(landscape(landscape_data(read_listing(str(tmp_path)), URL))) == ["Other plugins"]
