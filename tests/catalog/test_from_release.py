"""Adding the plugins of a release to a plugin index."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from commonhold.catalog.catalog_folder import ROOT
from commonhold.catalog.documents.text_checks import UNSAFE
from commonhold.catalog.folder_checks import find_problems
from commonhold.catalog.growth import CatalogRejectedError
from commonhold.catalog.plugin_logos import read_logos
from commonhold.catalog.series import series_of
from commonhold.errors import UsageError
from commonhold.workspace.config.catalog_table import CatalogConfig
from tests.catalog.catalog_values import AT
from tests.catalog.released_store import COMMIT, CONFIG, Community, Wheel, release, results_of
from tests.support.trees import MemoryTree

OWN = Wheel("acme-own", "3.1", ("License-Expression: MIT", "Requires-Dist: acme>=1.15"))
CONTRIB = Wheel("acme-contrib-vaex", tier="community")
LATER = "2026-12-24T00:00:00Z"


@pytest.fixture
def community(tmp_path: Path) -> Community:
    return Community(tmp_path)


def contents(community: Community) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path(community.target).rglob("*") if path.is_file()}


def test_the_plugins_of_a_release_are_added_to_its_series(community: Community):
    report = community.build(Wheel(), CONTRIB)
    assert community.listed() == {
        "1.16/community": ["acme-contrib-vaex 1.16.0"],
        "1.16/official": ["acme-spark 1.16.0"],
    }
    assert "+ index/v1/1.16/official.json: 1 plugin, 1 release" in report.changes
    catalog = community.read()
    (spark,) = catalog.tiers["1.16", "official"].plugins
    assert (spark.short, spark.licence, spark.source) == (
        "spark", "MIT", "https://github.com/octo/plugins/tree/HEAD/official/acme-spark"
    )  # fmt: skip
    (found,) = spark.releases
    assert found.core is not None
    assert (found.commit, found.core.range, found.requires) == (COMMIT, ">=1.16,<2", ["acme<2,>=1.16"])
    assert found.files[0].url == "https://files.example/acme_spark-1.16.0-py3-none-any.whl"
    assert [(tier.name, tier.default, bool(tier.notice)) for tier in catalog.root.tiers] == [
        ("official", True, False),
        ("community", False, True),
    ]
    assert find_problems(community.target) == ()


def test_only_logos_that_just_draw_are_published(community: Community):
    logo = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
    tree = MemoryTree({"official/acme-spark/logo.svg": logo, "community/x/logo.svg": "<svg><script/></svg>"})
    logos, problems = read_logos(tree, {"official/acme-spark": "acme-spark", "community/x": "x", "community/y": "y"})
    assert list(logos) == ["acme-spark"]
    assert [problem.partition(":")[0] for problem in problems] == ["community/x/logo.svg is not shown as the logo"]
    community.build_from(release(community.folder, community.index, Wheel()), logos=logos)
    path = community.read().tiers["1.16", "official"].plugins[0].logo
    assert (Path(community.target) / (path or "")).read_text() == logo
    assert find_problems(community.target) == ()


def test_the_same_inputs_give_the_same_bytes(community: Community):
    store = release(community.folder, community.index, Wheel(), CONTRIB)
    community.build_from(store)
    before = contents(community)
    assert community.build_from(store, at=LATER).changes == ()
    assert contents(community) == before
    other = Community(community.folder / "other", community.index)
    other.build_from(store)
    assert {path.name: data for path, data in contents(other).items()} == {
        path.name: data for path, data in before.items()
    }


def test_releases_accumulate_and_the_newest_one_describes_the_plugin(community: Community):
    community.build(Wheel(lines=("License-Expression: MIT", "Summary: Old.")))
    community.build(Wheel(version="1.16.1", lines=("License-Expression: MIT", "Summary: New.")), version="1.16.1")
    assert community.listed()["1.16/official"] == ["acme-spark 1.16.1", "acme-spark 1.16.0"]
    (spark,) = community.read().tiers["1.16", "official"].plugins
    assert spark.summary == "New."


def test_the_first_pre_release_of_a_series_creates_empty_documents(community: Community):
    community.build(Wheel())
    unready = dataclasses.replace(OWN, lines=("License-Expression: MIT", "Requires-Dist: acme<1.17"))
    report = community.build(unready, version="1.17.0b1")
    assert community.listed()["1.17/official"] == []
    assert community.listed()["1.17/community"] == []
    assert [series.name for series in community.read().root.series] == ["1.16", "1.17"]
    assert "acme-own 3.1" in community.listed()["1.16/official"]
    assert report.left_out == ()


def test_a_plugin_with_its_own_version_is_added_where_its_tests_pass(community: Community):
    tests = results_of(
        ("acme-spark", "1.16.0", "3.10", "passed"),
        ("acme-own", "1.16.0", "3.10", "passed"),
        ("acme-own", "1.16.0", "3.12", "failed"),
    )
    report = community.build(Wheel(), OWN, tests=tests)
    assert community.listed()["1.16/official"] == ["acme-spark 1.16.0"]
    assert report.left_out == ("acme-own 3.1: its tests fail with acme 1.16.0",)
    store = release(community.folder, community.index, OWN, version="1.16.1")
    assert community.build_from(store, results_of()).left_out == (
        "acme-own 3.1: its tests did not run with a version of the series 1.16",
    )
    community.build_from(store, results_of(("acme-own", "1.16.1", "3.10", "passed")))
    assert community.listed()["1.16/official"] == ["acme-own 3.1", "acme-spark 1.16.0"]


def test_a_plugin_that_follows_the_core_is_listed_as_failing(community: Community):
    tests = results_of(("acme-spark", "1.16.0", "3.10", "failed"), ("acme-spark", "1.16.0", "3.9", "timed-out"))
    community.build(Wheel(), tests=tests)
    status = community.read().status.plugins["acme-spark"]
    assert status.releases["1.16.0"].failing == "its tests fail with acme 1.16.0 on Python 3.9, 3.10"
    assert [(each.core, each.result) for each in status.compatibility] == [("1.16.0", "failed")]
    store = release(Path(community.target).parent / "again", community.index, Wheel())
    community.build_from(store, results_of(("acme-spark", "1.16.0", "3.10", "passed")), LATER)
    assert community.read().status.plugins["acme-spark"].releases["1.16.0"].failing is None


def test_the_result_of_a_plugin_that_was_not_tested_is_unknown(community: Community):
    community.build(Wheel(), tests=results_of(("acme-other", "1.16.0", "3.10", "passed")))
    assert community.listed()["1.16/official"] == ["acme-spark 1.16.0"]
    (found,) = community.read().status.plugins["acme-spark"].compatibility
    assert (found.core, found.version, found.result) == ("1.16.0", "1.16.0", "unknown")


@pytest.mark.parametrize(
    ("wheel", "reason"),
    [
        (Wheel(lines=("License-Expression: LicenseRef-Acme",)), "LicenseRef-Acme is not an open-source licence"),
        (Wheel(lines=()), "it states no licence that can be recognized"),
        (Wheel(verified=False), "is not verified on the package index"),
        (Wheel(lines=("License-Expression: MIT", "Requires-Dist: acme<1.16")), "it requires acme<1.16, which excludes"),
    ],
)
def test_a_plugin_that_cannot_be_listed_is_left_out_with_the_reason(community: Community, wheel: Wheel, reason: str):
    report = community.build(wheel, CONTRIB)
    assert community.listed() == {"1.16/community": ["acme-contrib-vaex 1.16.0"], "1.16/official": []}
    assert reason in report.left_out[0]


def test_nothing_is_written_if_the_package_index_serves_another_file(community: Community):
    community.build(Wheel())
    before = contents(community)
    store = release(community.folder, community.index, Wheel(version="1.16.1"), version="1.16.1")
    served = community.index.pages["acme-spark"]
    served[-1] = dataclasses.replace(served[-1], sha256="0" * 64)
    with pytest.raises(CatalogRejectedError, match=r"serves a different acme_spark-1\.16\.1"):
        community.build_from(store)
    del served[-1]
    with pytest.raises(CatalogRejectedError, match=r"does not list acme_spark-1\.16\.1"):
        community.build_from(store)
    assert contents(community) == before


def test_a_version_is_never_reused_with_another_hash(community: Community):
    community.build(Wheel())
    before = contents(community)
    other = Wheel(lines=("License-Expression: MIT", "Summary: Other."))
    community.index.pages.clear()
    store = release(community.folder / "other", community.index, other)
    with pytest.raises(CatalogRejectedError, match="has the SHA-256") as caught:
        community.build_from(store)
    assert "A version is never reused" in (caught.value.hint or "")
    assert contents(community) == before


def test_a_closed_series_does_not_change(community: Community):
    community.build(Wheel())
    community.config = CONFIG._replace(catalog=CatalogConfig(closed=("1.16",)))
    store = release(community.folder, community.index, Wheel(version="1.17.0"), version="1.17.0")
    document = (Path(community.target) / "index/v1/1.16/official.json").read_bytes()
    community.build_from(store)
    assert [(series.name, series.state) for series in community.read().root.series] == [
        ("1.16", "closed"),
        ("1.17", "open"),
    ]
    assert (Path(community.target) / "index/v1/1.16/official.json").read_bytes() == document
    later = release(community.folder, community.index, Wheel(version="1.16.1"), version="1.16.1")
    with pytest.raises(UsageError, match=r"the series 1\.16 of the plugin index is closed"):
        community.build_from(later)


RELEASES = st.lists(
    st.tuples(
        st.sampled_from(["1.16.0", "1.16.1", "1.17.0b1", "1.17.0"]),
        st.sampled_from(["acme-spark", "acme-own", "acme-contrib-vaex"]),
        st.sampled_from(["passed", "failed", "none"]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each[:2],
)


@settings(max_examples=12)
@given(releases=RELEASES)
def test_documents_only_grow_whatever_is_released(releases: list[tuple[str, str, str]]):
    with TemporaryDirectory() as folder:
        community = Community(Path(folder))
        before: dict[str, list[str]] = {}
        for number, (core, name, outcome) in enumerate(releases):
            version = f"3.{number}" if name == "acme-own" else core
            tier = "community" if "contrib" in name else "official"
            wheel = Wheel(name, version, ("License-Expression: MIT", "Requires-Dist: acme>=1.15"), tier)
            store = release(Path(folder) / str(number), community.index, wheel, version=core)
            community.build_from(store, results_of(*[(name, core, "3.10", outcome)] * (outcome != "none")))
            after = community.listed()
            assert all({*listed} <= {*after[path]} for path, listed in before.items())
            home = f"{series_of(Version(core))}/{tier}"
            assert (f"{name} {version}" in after[home]) is (outcome == "passed" or name != "acme-own")
            before = after
        assert find_problems(community.target) == ()


HOSTILE = st.text(
    st.sampled_from("a/:@<>\"'&#-. \x00\x1b\x9b\u202e\u200b\ufeff\U000e0041é\\{}%")
    | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)
FIELDS = st.sampled_from(["Summary", "Keywords", "Author", "Home-page", "Maintainer", "Classifier"])
LABELS = st.sampled_from(["Homepage", "Source", "Issues", "Documentation", "\x1b"])


def field_line(name: str, text: str) -> str:
    return f"{name}: {' '.join(text.splitlines())}"


@settings(max_examples=20)
@given(
    fields=st.lists(st.builds(field_line, FIELDS, HOSTILE), max_size=4),
    urls=st.lists(st.builds("Project-URL: {}, {}".format, LABELS, st.sampled_from([
        "javascript:alert(1)", "https://me:secret@example.com/", "http://example.com/", "https://example.com/#x",
        "https://exa mple.com/", "file:///etc/passwd", "https://example.com/\x1b[2J", "//example.com",
    ])), max_size=3),
    requires=st.sampled_from(["acme>=1.16", "acme @ https://example.com/acme.whl", "--index-url=https://x", "acme"]),
)  # fmt: skip
def test_a_hostile_plugin_never_reaches_readers_raw(fields: list[str], urls: list[str], requires: str):
    with TemporaryDirectory() as folder:
        community = Community(Path(folder))
        lines = ("License-Expression: MIT", f"Requires-Dist: {requires}", *fields, *urls)
        community.build(Wheel(lines=tuple(line.replace("\n", " ") for line in lines)), CONTRIB)
        assert "acme-contrib-vaex 1.16.0" in community.listed()["1.16/community"]
        assert find_problems(community.target) == ()
        for path, data in contents(community).items():
            text = str(json.loads(data)) if path.suffix == ".json" else data.decode()
            assert not UNSAFE.search(text), path
            assert "secret@" not in text


def test_the_time_of_documents_is_that_of_their_last_change(community: Community):
    community.build(Wheel(), CONTRIB)
    community.build(Wheel(version="1.16.1"), version="1.16.1", at=LATER)
    catalog = community.read()
    assert catalog.tiers["1.16", "official"].generated == catalog.root.generated == LATER
    assert catalog.tiers["1.16", "community"].generated == catalog.status.generated == AT
    assert (Path(community.target) / ROOT).is_file()
