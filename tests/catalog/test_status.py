"""The status of listed plugins: governance files, the package index and test results."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.catalog.admission import admit_tested
from commonhold.catalog.catalog_folder import encode_catalog
from commonhold.catalog.comparison import find_violations
from commonhold.catalog.documents import CatalogMaintainer, CoreRange, ListedStatus, MovedTo, ReleaseMarks, StateChange
from commonhold.catalog.governed import GovernedPlugin, read_governed_plugins
from commonhold.catalog.run_build import build_status, read_pages
from commonhold.catalog.status_update import StatusSources, update_status
from commonhold.errors import ConfigurationError, UsageError
from commonhold.index.page import IndexFile, IndexPage
from commonhold.workspace.config import decode_config
from tests.catalog.catalog_values import AT, catalog, plugin, release, tier_document
from tests.catalog.released_store import Community, ServedIndex, Wheel, results_of, settings
from tests.support.trees import MemoryTree

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.catalog.catalog_folder import Catalog

SPARK = "flytekitplugins-spark"
LISTED = catalog(tier_document(plugin(SPARK, "1.16.1", "1.16.0")))
DAY = date(2026, 6, 1)
CONFIG = decode_config({"tiers": {"community": {"path": ["plugins/*"]}}}, "pyproject.toml")


def status_of(before: Catalog = LISTED, at: str = AT, **fields: Any) -> ListedStatus:
    """The status of the plugin after an update."""
    updated = update_status(before, StatusSources(at, **fields))
    encode_catalog(updated)
    assert find_violations(before, updated) == ()
    return updated.status.plugins.get(SPARK, ListedStatus())


def after(status: ListedStatus) -> Catalog:
    return dataclasses.replace(LISTED, status=msgspec.structs.replace(LISTED.status, plugins={SPARK: status}))


def test_the_history_of_states_grows_with_each_change():
    assert status_of(governed={SPARK: GovernedPlugin()}) == ListedStatus()
    notice = GovernedPlugin(state="noticed", since="2026-02-01", reason="no tests")
    noticed = status_of(governed={SPARK: notice})
    retired = status_of(
        after(noticed), governed={SPARK: GovernedPlugin(state="retired", since="2026-04-01", reason="x")}
    )
    assert (retired.state, retired.since, retired.reason) == ("retired", "2026-04-01", "x")
    back = status_of(after(retired), "2026-05-01T00:00:00Z", governed={SPARK: GovernedPlugin()})
    assert [(change.state, change.since) for change in back.history] == [
        ("noticed", "2026-02-01"), ("retired", "2026-04-01"), ("active", "2026-05-01")
    ]  # fmt: skip
    assert status_of(after(back), "2026-06-01T00:00:00Z", governed={SPARK: GovernedPlugin()}) == back


def test_a_plugin_that_is_not_governed_keeps_its_status():
    old = ListedStatus(state="retired", since="2026-01-01", moved_to=MovedTo(name="acme/spark", reason="A fork."))
    assert status_of(after(old)).state == "retired"
    assert status_of(after(old)).moved_to == old.moved_to
    moved = {SPARK: MovedTo(name="other/spark", reason="Another fork.")}
    assert status_of(after(old), moved=moved).moved_to == moved[SPARK]
    assert status_of(after(old), moved={}).moved_to is None


def page(*versions: str, yanked: tuple[str, ...] = (), status: str = "") -> IndexPage:
    files = [IndexFile(f"x-{version}.tar.gz", version, "a" * 64, version in yanked) for version in versions]
    return IndexPage(tuple(files), status, "Under attack." if status else "")


def test_yanked_and_deleted_releases_are_marked():
    marked = status_of(pages={SPARK: page("1.16.1", yanked=("1.16.1",))})
    assert marked.releases["1.16.1"].yanked == "yanked on the package index"
    assert marked.releases["1.16.0"].unlisted == "deleted from the package index"
    restored = status_of(after(marked), pages={SPARK: page("1.16.0", "1.16.1")})
    assert all(marks.yanked is marks.unlisted is None for marks in restored.releases.values())
    assert status_of(pages={SPARK: page("1.16.0", "1.16.1")}) == ListedStatus()


def test_a_project_is_quarantined_only_while_the_package_index_says_so():
    governed = {SPARK: GovernedPlugin()}
    pages = {SPARK: page("1.16.0", "1.16.1", status="quarantined")}
    quarantined = status_of(pages=pages, governed=governed)
    assert (quarantined.state, quarantined.reason, quarantined.since) == ("quarantined", "Under attack.", AT[:10])
    assert status_of(after(quarantined), "2026-12-24T00:00:00Z", pages=pages, governed=governed) == quarantined
    free = status_of(after(quarantined), "2026-12-25T00:00:00Z", pages={SPARK: page("1.16.0", "1.16.1")})
    assert (free.state, free.since) == ("active", "2026-12-25")
    assert [change.state for change in free.history] == ["quarantined", "active"]


def test_another_package_index_does_not_delete_every_release():
    with pytest.raises(UsageError, match="has none of the listed plugins"):
        read_pages(LISTED, ServedIndex())  # type: ignore[arg-type]
    index = ServedIndex({SPARK: list(page("1.16.0").files)})
    assert read_pages(LISTED, index) == {SPARK: page("1.16.0")}  # type: ignore[arg-type]


def test_the_newest_results_of_each_series_are_kept():
    cores = ["1.16.0", "1.16.1", "1.16.2", "1.16.3", "1.17.0b1", "1.18.0.dev1"]
    results = [(SPARK, core, "3.10", "failed" if core == "1.17.0b1" else "passed") for core in cores]
    found = status_of(tests=results_of(*results), run="https://forge.example/runs/1")
    assert [(each.series, each.core, each.result) for each in found.compatibility] == [
        ("1.16", "1.16.3", "passed"),
        ("1.16", "1.16.2", "passed"),
        ("1.16", "1.16.1", "passed"),
        ("1.17", "1.17.0b1", "failed"),
        ("nightly", "1.18.0.dev1", "passed"),
    ]
    assert {(each.version, each.at, each.url) for each in found.compatibility} == {
        ("1.16.1", AT, "https://forge.example/runs/1")
    }
    assert (
        status_of(after(found), tests=results_of((SPARK, "1.16.3", "3.10", "failed"))).compatibility[0].result
        == "failed"
    )


STATES = st.sampled_from(["active", "noticed", "orphaned", "retired"])


@given(states=st.lists(st.tuples(STATES, st.booleans()), max_size=6))
def test_histories_only_grow_and_show_the_state(states: list[tuple[Any, bool]]):
    before = LISTED
    for month, (state, quarantined) in enumerate(states, 1):
        at = f"2026-{month:02}-01T00:00:00Z"
        governed = {SPARK: GovernedPlugin(state=state, since=None if state == "active" else at[:10])}
        pages = {SPARK: page("1.16.0", "1.16.1", status="quarantined" if quarantined else "")}
        status = status_of(before, at, governed=governed, pages=pages)
        assert status.state == ("quarantined" if quarantined else state)
        assert (status.history[-1].state if status.history else "active") == status.state
        before = after(status)


PERSON = '[[maintainers]]\nname = "Mona Lisa"\nlogin = "mona"\nid = 2\nfrom = 2024-01-01\ncontact = "mailto:m@x.org"\n'
PROJECT = '[project]\nname = "acme-a"\nversion = "1"\n'


def in_tree(governance: str | None, ledger: str | None = None, people: str | None = None) -> dict[str, GovernedPlugin]:
    files = {
        "plugins/a/pyproject.toml": PROJECT,
        "plugins/a/governance.toml": governance,
        "governance/ledger/acme-a/0001-retired.toml": ledger,
        "governance/people.toml": people,
    }
    tree = MemoryTree({path: text for path, text in files.items() if text is not None})
    return read_governed_plugins(tree, CONFIG, {"plugins/a": "acme-a"}, DAY)


def test_governance_files_state_maintainers_state_and_history():
    entry = 'plugin = "acme-a"\nevent = "retired"\ndate = 2025-01-01\nby = 1\nevidence = "https://x.org/1"\nreason = "old"\n'
    state = 'state = "noticed"\nsince = 2026-02-01\nreason = "no tests"\n'
    assert in_tree(f"{state}\n{PERSON}", entry)["acme-a"] == GovernedPlugin(
        maintainers=(CatalogMaintainer(name="Mona Lisa", login="mona", contact="mailto:m@x.org"),),
        state="noticed",
        since="2026-02-01",
        reason="no tests",
        history=(StateChange(state="retired", since="2025-01-01", reason="old"),),
    )


def test_a_plugin_without_an_active_maintainer_needs_one():
    left = PERSON.replace("from = 2024-01-01", "from = 2024-01-01\nuntil = 2025-01-01")
    assert in_tree(left)["acme-a"].needs_maintainer
    assert in_tree("")["acme-a"].needs_maintainer
    assert not in_tree(None)["acme-a"].needs_maintainer  # nobody is listed for any plugin of this repository


def test_files_with_mistakes_change_nothing():
    assert in_tree('state = "retired"\n') == {}
    with pytest.raises(ConfigurationError, match="maintainers of the plugins are uncertain"):
        in_tree(PERSON, people="people = 1\n")


OLD_SERIES = catalog(
    tier_document(plugin("a", "2.0", "1.0"), plugin("b"), plugin("c"), plugin("d", "1.16.1", "1.16.0"), plugin("e")),
    b=ListedStatus(state="retired"),
    d=ListedStatus(releases={"1.16.1": ReleaseMarks(yanked="broken")}),
)


def test_a_new_series_begins_empty_and_gets_the_plugins_whose_tests_pass():
    tests = results_of(
        *((name, "1.17.0b1", "3.10", "failed" if name == "c" else "passed") for name in "abcd"),
        ("a", "1.15.0", "3.10", "passed"),
        ("a", "1.18.0.dev1", "3.10", "passed"),
    )
    grown = admit_tested(OLD_SERIES, tests, AT)
    assert [(series.name, series.state) for series in grown.root.series] == [("1.16", "open"), ("1.17", "open")]
    assert grown.tiers["1.17", "community"].plugins == []
    listed = {each.name: [found.version for found in each.releases] for each in grown.tiers["1.17", "official"].plugins}
    assert listed == {"a": ["2.0"], "d": ["1.16.0"]}
    assert find_violations(OLD_SERIES, grown) == ()
    assert admit_tested(grown, tests, AT) == grown
    assert admit_tested(OLD_SERIES, results_of(), AT) == OLD_SERIES


def test_a_release_that_excludes_the_new_series_is_not_added():
    only = CoreRange(distribution="flytekit", range=">=1.16,<1.17")
    old = catalog(tier_document(plugin("a", releases=[release("1.16.0", "a", core=only)])))
    grown = admit_tested(old, results_of(("a", "1.17.0b1", "3.10", "passed")), AT)
    assert grown.tiers["1.17", "official"].plugins == []
    closed = catalog(tier_document(plugin("a"), series="1.15"), closed=("1.16",))
    assert admit_tested(closed, results_of(("a", "1.16.0", "3.10", "passed")), AT) == closed


def test_a_status_is_updated_in_the_folder(tmp_path: Path):
    community = Community(tmp_path)
    community.build(Wheel())
    governed = {"acme-spark": GovernedPlugin(state="retired", since="2026-01-01", reason="old")}
    report = build_status(community.target, settings(), StatusSources("2026-12-01T00:00:00Z", governed))
    assert report.changes == ("+ status of acme-spark",)
    assert community.read().status.plugins["acme-spark"].state == "retired"
    assert build_status(community.target, settings(), StatusSources("2026-12-02T00:00:00Z", governed)).changes == ()
