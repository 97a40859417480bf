"""Finding plugins by name, and choosing the release that fits."""

from __future__ import annotations

from typing import Any

import pytest

from commonhold_plugins.catalog import Catalog, CatalogEntry, Source
from commonhold_plugins.choose import choose_release
from commonhold_plugins.errors import RefusedError, UnknownPluginError, WrongUsageError
from commonhold_plugins.model import CoreRange, MovedTo, Plugin, PluginStatus, Release, ReleaseStatus
from commonhold_plugins.names import parse_reference


def source(name: str, *plugins: str, **more: Any) -> Source:
    found = {each: Plugin(each, each.rpartition("-")[2]) for each in plugins}
    return Source(name, "https://x.example/", found, {each.short: each.name for each in found.values()}, **more)


CATALOG = Catalog(
    "acme-core",
    "1.16",
    (
        source("official", "acme-spark", official=True),
        source("community", "acme-contrib-vaex", "acme-contrib-spark", enabled=False),
        source("lab", "acme-spark", "lab-only", foreign=True),
        source("other", "other-spark", foreign=True),
    ),
)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("spark", "official acme-spark"),
        ("Acme_Spark", "official acme-spark"),
        ("other/spark", "other other-spark"),
        ("official/spark", "official acme-spark"),
    ],
)
def test_a_bare_name_is_official_and_others_name_their_source(written: str, found: str) -> None:
    entry = CATALOG.find(written)
    assert f"{entry.source} {entry.plugin.name}" == found


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("vaex", "vaex is a community plugin", "index add community"),
        ("community/vaex", "the community tier is not enabled", "community/vaex"),
        ("only", "the plugin index lab has one", "lab/only"),
        ("sparc", "no plugin is named sparc", "Did you mean spark?"),
        ("qqq", "no plugin is named qqq", "search"),
    ],
)
def test_an_unknown_name_says_where_the_plugin_is(written: str, message: str, hint: str) -> None:
    with pytest.raises(UnknownPluginError, match=message) as caught:
        CATALOG.find(written)
    assert hint in (caught.value.hint or "")


def test_a_foreign_entry_with_an_official_name_is_never_used() -> None:
    with pytest.raises(RefusedError, match="name of an official plugin"):
        CATALOG.find("lab/acme-spark")
    assert [entry.source for entry in CATALOG.entries() if entry.plugin.name == "acme-spark"] == ["official"]


@pytest.mark.parametrize(
    "text", ["", "/x", "a/b/c", "-r", "--pre", "x==", "x==-1", "../x", "a\x1b", "x==1; y", "x @ https://e.example/"]
)
def test_what_is_not_a_name_is_a_usage_error(text: str) -> None:
    with pytest.raises(WrongUsageError) as caught:
        parse_reference(text)
    assert caught.value.message.isprintable()


def entry(*releases: Release, **status: Any) -> CatalogEntry:
    plugin = Plugin("acme-spark", "spark", releases=releases)
    return CatalogEntry(
        "official", plugin, PluginStatus(**status), "https://x.example/", "acme-core", "1.16", official=True
    )


def fits(version: str, range_: str = "", python: str | None = None) -> Release:
    return Release(version, CoreRange("acme-core", range_) if range_ else None, python)


SOME = entry(
    fits("1.16.9", ">=1.16.8"), fits("1.16.8b1", ">=1.16"), fits("1.16.7", ">=1.16", ">=3.13"), fits("1.16.5", ">=1.16"), fits("1.16.4", ">=1.16"),
    releases={"1.16.5": ReleaseStatus(yanked="it loses data")},
)  # fmt: skip


@pytest.mark.parametrize(
    ("core", "python", "pre", "chosen"),
    [
        ("1.16.8", "3.11.2", False, "1.16.9"),
        ("1.16.3", "3.11", False, "1.16.4"),
        ("1.16.3", "3.13", False, "1.16.7"),
        ("1.16.3", "3.11", True, "1.16.8b1"),
    ],
)
def test_the_newest_release_that_fits_is_chosen(core: str, python: str, pre: bool, chosen: str) -> None:
    assert choose_release(SOME, core, python, pre=pre).version == chosen


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("1.16.5", "it is yanked \\(it loses data\\)"),
        ("1.16.9", "needs acme-core>=1.16.8, but 1.16.3"),
        ("1.16.7", "needs Python >=3.13"),
        ("9", "has no version 9"),
    ],
)
def test_a_refusal_says_what_the_plugin_needs(version: str, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        choose_release(SOME, "1.16.3", "3.11", version=version)


def test_without_a_fitting_release_each_obstacle_is_named() -> None:
    with pytest.raises(RefusedError, match=r"1\.16\.9: it needs acme-core>=1\.16\.8"):
        choose_release(entry(fits("1.16.9", ">=1.16.8")), "1.16.3", "3.11")
    with pytest.raises(RefusedError, match="quarantined"):
        choose_release(entry(fits("1"), state="quarantined", moved_to=MovedTo("x", "")), "1.16.3", "3.11")
