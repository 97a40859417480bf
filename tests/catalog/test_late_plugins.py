"""The list of plugins that are not ready for the coming core: nothing unknown is ready, and nobody is asked twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from packaging.version import Version

from commonhold.catalog.late_plugins import LateKind, find_late_plugins, newest_core
from tests.catalog.late_catalog import BETA, PASSED, catalog_of, listed, release, result_of

if TYPE_CHECKING:
    from commonhold.catalog.late_plugins import LateReport


def late(report: LateReport) -> dict[str, list[str]]:
    return {plugin.name: [reason.text for reason in plugin.reasons] for plugin in report.late}


def find(name: str = "x-a", /, follows: tuple[str, ...] = (), **plugin: Any) -> list[str] | None:
    report = find_late_plugins(catalog_of({name: listed(**plugin)}), Version(BETA), follows)
    assert (name in report.ready) is (name not in late(report))
    return late(report).get(name)


def test_a_plugin_whose_tests_pass_and_whose_release_admits_the_core_is_ready() -> None:
    assert find(releases=[release("1.16.3", ">=1.16,<2")], results=[PASSED]) is None


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([], ["its tests have not run with core 1.17.0b2"]),
        ([result_of("1.17.0b1", "passed")], ["its tests have not run with core 1.17.0b2"]),
        ([result_of("1.16.9", "passed", series="1.16")], ["its tests have not run with core 1.17.0b2"]),
        ([result_of(BETA, "unknown")], ["the result of its tests with core 1.17.0b2 is unknown"]),
        ([result_of(BETA, "failed")], ["its tests fail with core 1.17.0b2"]),
        ([result_of(BETA, "failed", at="2026-11-29T00:00:00Z"), PASSED], None),
        (
            [result_of(BETA, "passed", at="2026-11-29T00:00:00Z"), result_of(BETA, "failed")],
            ["its tests fail with core 1.17.0b2"],
        ),
    ],
)
def test_only_a_passed_result_of_this_core_counts(results: list[dict[str, Any]], said: list[str] | None) -> None:
    assert find(releases=[release("1.16.3", ">=1.16")], results=results) == said


@pytest.mark.parametrize(
    ("releases", "said"),
    [
        ([release("1.16.3", ">=1.16,<1.17")], ["its newest release 1.16.3 requires core >=1.16,<1.17"]),
        ([release("1.16.3", ">=1.16,<1.17"), release("1.16.4", ">=1.16,!=1.17.0")], ["its newest release 1.16.4 requires core >=1.16,!=1.17.0"]),
        ([release("1.16.3", ">=1.17.0b1")], None),
        ([release("1.16.3", "==1.17.*")], None),
        ([release("1.16.3", None)], None),
        ([release("1.16.3", "")], None),
        ([release("1.16.4", "<1.17"), release("1.16.3", ">=1.16")], None),
    ],
)  # fmt: skip
def test_a_release_must_admit_the_release_that_is_coming(
    releases: list[dict[str, Any]], said: list[str] | None
) -> None:
    assert find(releases=releases, results=[PASSED]) == said


def test_a_yanked_or_unlisted_release_admits_nothing() -> None:
    releases = [release("1.16.5", ">=1.16"), release("1.16.4", ">=1.16"), release("1.16.3", "<1.17")]
    marks = {"1.16.5": {"yanked": "broken"}, "1.16.4": {"unlisted": "a mistake"}, "1.16.3": {"failing": "1 test"}}
    said = find(releases=releases, results=[PASSED], marks=marks)
    assert said == ["its newest release 1.16.3 requires core <1.17"]
    assert find(releases=releases[:1], results=[PASSED], marks=marks) == ["it has no release"]


def test_a_plugin_that_is_released_with_the_core_needs_only_its_tests() -> None:
    assert find(releases=[release("1.16.3", "==1.16.3")], results=[PASSED], follows=("x-a",)) is None
    assert find(releases=[], results=[], follows=("x-a",)) == ["its tests have not run with core 1.17.0b2"]


@pytest.mark.parametrize("state", ["retired", "quarantined"])
def test_a_plugin_that_nobody_expects_is_left_out(state: str) -> None:
    catalog = catalog_of({"x-a": listed(state=state), "x-b": listed(moved={"name": "acme/b", "reason": "a fork"})})
    report = find_late_plugins(catalog, Version(BETA))
    assert (report.late, report.ready) == ((), frozenset())


def test_a_plugin_without_a_status_is_late_and_not_forgotten() -> None:
    catalog = catalog_of({"x-a": listed(), "x-b": listed(state="orphaned")}, without_status=("x-a",))
    report = find_late_plugins(catalog, Version(BETA))
    assert [(each.name, each.state, each.needs_work) for each in report.late] == [
        ("x-a", "active", False),
        ("x-b", "orphaned", False),
    ]


def test_the_newest_tested_core_is_the_coming_one_unless_it_is_a_development_version() -> None:
    results = [
        result_of("1.17.0b2", "passed"),
        result_of("1.17.0b1", "failed"),
        result_of("1.18.0.dev1", "passed", series="nightly"),
    ]
    catalog = catalog_of(
        {"x-a": listed(results=results), "x-b": listed(results=[result_of("1.16.9", "passed", series="1.16")])}
    )
    assert newest_core(catalog) == Version("1.17.0b2")
    assert newest_core(catalog_of({"x-a": listed()})) is None


def test_the_list_for_programs_has_every_reason() -> None:
    url = "https://example.org/run/1"
    plugin = listed(releases=[release("1.16.3", "<1.17")], results=[result_of(BETA, "failed", url=url)])
    report = find_late_plugins(catalog_of({"x-a": plugin, "x-b": listed(results=[PASSED])}), Version(BETA))
    assert msgspec.to_builtins(report.document()) == {
        "schema": 1,
        "core": {"distribution": "core", "version": "1.17.0b2", "release": "1.17.0"},
        "series": "1.17",
        "coming": True,
        "ready": ["x-b"],
        "late": [
            {
                "name": "x-a",
                "tier": "community",
                "state": "active",
                "version": "1.16.3",
                "reasons": [
                    {"kind": "failed", "text": "its tests fail with core 1.17.0b2", "url": url},
                    {"kind": "no-release", "text": "its newest release 1.16.3 requires core <1.17", "url": None},
                ],
            }
        ],
    }
    assert {kind.value for kind in LateKind} == {"failed", "no-release", "untested"}
