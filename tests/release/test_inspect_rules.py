"""Test single functions of the inspection: limits, conflicts, earlier releases and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process import Finished
from commonhold.index.client import IndexClient, IndexUnreachableError
from commonhold.index.page import IndexFile
from commonhold.release.inspect.check_context import CheckContext
from commonhold.release.inspect.cross_plugin import check_similar_names, find_conflicts
from commonhold.release.inspect.index_metadata import check_project_name
from commonhold.release.inspect.installability import InstallTarget, install_target, previous_target, resolution_error
from commonhold.release.inspect.previous_release import fetch_previous_release, is_known_defect
from commonhold.release.inspect.staged_files import read_staged_files
from commonhold.release.inspect.verdict import IndexVersions, decide
from commonhold.release.model.archive import RawFinding
from commonhold.release.model.plan import ArtifactFinding, PlannedDistribution
from tests.release import minimal_artifacts
from tests.release.artifacts import TIERS
from tests.release.minimal_artifacts import planned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class FakeIndex(IndexClient):
    """An index with a fixed list of files, which counts its queries."""

    def __init__(self, *files: IndexFile, contents: Mapping[str, bytes] | None = None) -> None:
        self._files = files
        self._contents = contents or {}
        self.queries: list[str] = []

    def files(self, name: str) -> tuple[IndexFile, ...] | None:
        self.queries.append(name)
        return self._files or None

    def fetch(self, file: IndexFile, size: int) -> bytes | None:
        return self._contents.get(file.name)


def context(plugin: PlannedDistribution) -> CheckContext:
    return CheckContext(plugin, TIERS["official"], {})


@pytest.mark.parametrize(("name", "new", "valid"), [("json", False, True), ("json", True, False), ("x", True, True)])
def test_only_new_projects_cannot_be_named_like_the_standard_library(name: str, new: bool, valid: bool) -> None:
    assert ([*check_project_name(planned(name, new=new))] == []) is valid


def test_new_names_that_are_too_similar_are_found() -> None:
    plugins = [planned("x-c0l1", new=True), planned("x-coli"), planned("x-coll"), planned("x-other", new=True)]
    assert [*check_similar_names(plugins)] == [
        ("x-c0l1", RawFinding("name", "x-c0l1 is too similar to x-coli", "x-coli"))
    ]


def test_the_owner_of_a_namespace_has_no_conflict() -> None:
    contexts = {name: context(planned(name)) for name in ("acme-a", "acme-b")}
    files = {"acme-a": ["acme/a/x.py", "{bin}/run"], "acme-b": ["acme/a/x.py", "{bin}/run", "acme/b/x.py"]}
    assert [(name, finding.about) for name, finding in find_conflicts(files, contexts)] == [
        ("acme-b", "acme/a/x.py"),
        ("acme-a", "{bin}/run"),
        ("acme-b", "{bin}/run"),
    ]


@pytest.mark.parametrize(
    ("path", "hidden"), [("ns/__init__.py", True), ("ns.py", True), ("ns/a.py", False), ("ns/data.txt", False)]
)
def test_modules_that_hide_those_of_others(path: str, hidden: bool) -> None:
    contexts = {name: context(planned(name)) for name in ("acme-a", "acme-b")}
    files: dict[str, Iterable[str]] = {"acme-a": [path], "acme-b": ["ns/b/c.py"]}
    findings = [(name, finding.message) for name, finding in find_conflicts(files, contexts)]
    assert findings == ([("acme-a", f"{path} of acme-a hides modules of acme-b")] if hidden else [])


def test_the_previous_release_is_the_newest_earlier_one_that_was_not_yanked() -> None:
    plugin = planned("x-a")
    name, data = minimal_artifacts.wheel(PlannedDistribution("x-a", "", "", "1.16.1"))
    index = FakeIndex(
        IndexFile(name, "1.16.1", None),
        IndexFile("x_a-1.16.1.egg", "1.16.1", None),
        IndexFile("x_a-1.16.1.tar.gz", "1.16.1", None),
        IndexFile("x_a-1.16.0-py3-none-any.whl", "1.16.0", None),
        IndexFile("x_a-1.16.2-py3-none-any.whl", "1.16.2", None, yanked=True),
        IndexFile("x_a-1.17.0-py3-none-any.whl", "1.17.0", None),
        IndexFile("x_a-1.18.0-py3-none-any.whl", "1.18.0", None),
        IndexFile("x_a-odd.whl", "odd", None),
        IndexFile("x_a.whl", None, None),
        contents={name: data},
    )
    previous = fetch_previous_release(index, plugin)
    assert previous is not None
    assert previous.version == "1.16.1"
    # The sdist, of which the index delivers nothing, exceeds the size limit.
    assert [archive.artifact.name for archive in previous.archives] == [name]
    assert fetch_previous_release(FakeIndex(), plugin) is None


def test_rules_about_this_commit_and_plan_say_nothing_about_earlier_releases() -> None:
    earlier = frozenset({("tree", "a.py"), ("layout", "a.py")})
    assert not is_known_defect(RawFinding("tree", "", "a.py"), earlier)
    assert is_known_defect(RawFinding("layout", "", "a.py"), earlier)
    assert not is_known_defect(RawFinding("layout", "", "b.py"), earlier)


def test_versions_of_the_index_are_queried_once_and_not_yanked() -> None:
    index = FakeIndex(IndexFile("a", "1.0", None), IndexFile("b", "1.1", None, yanked=True), IndexFile("c", None, None))
    versions = IndexVersions(index)
    dependent = planned("x-a", "x-b", pins={"x-b": ">=1,<2", "x-c": ">=1.1"})
    assert versions.serves(dependent, "x-b")
    assert not versions.serves(dependent, "x-c")
    assert not versions.serves(dependent, "x-d")  # without a pin, the released version is required
    assert versions.of("x-b") == ["1.0"]
    assert index.queries == ["x-b", "x-c"]


def test_the_targets_of_this_and_the_previous_release(tmp_path: Path) -> None:
    core, a, b = planned("core"), planned("x-a", "x-b", "core"), planned("x-b")
    import msgspec

    plan = msgspec.structs.replace(minimal_artifacts.plan_of(b, a), core="core")
    store = minimal_artifacts.make(tmp_path / "index", plan)
    exact = ("core==1.17.0", "x-a==1.17.0", "x-b==1.17.0")
    folders = tuple(store.path(name, "x").removesuffix("/x") for name in ("x-a", "x-b"))
    assert install_target(a, store, ["x-a", "x-b"]) == InstallTarget(exact, folders, ("x-a", "x-b"))

    # A requirement whose build failed is not in the store.
    partial = install_target(a, store, ["x-a"])
    assert partial == InstallTarget(("core==1.17.0", "x-a==1.17.0"), folders[:1], ("x-a",))

    with_core = msgspec.structs.replace(plan, plugins=(core, b, a))
    store = minimal_artifacts.make(tmp_path / "tree", with_core)
    assert install_target(b, store, ["core", "x-b"]).built == ("core", "x-b")

    assert previous_target("x-a", "1.16.0", plan, ["1.16.0"]).requirements == ("x-a==1.16.0", "core==1.16.0")
    assert previous_target("x-a", "1.16.0", plan, ["1.15.0"]).requirements == ("x-a==1.16.0", "core")
    alone = msgspec.structs.replace(plan, core=None)
    assert previous_target("x-a", "1.16.0", alone, ()) == InstallTarget(("x-a==1.16.0",), ())


@pytest.mark.parametrize(("code", "reaches"), [(2, False), (1, True)])
def test_an_index_that_does_not_respond_is_an_error(code: int, reaches: bool) -> None:
    finished = Finished(("uv",), code, b"", b"error: Request failed after 3 retries\n")
    if reaches:
        assert resolution_error(finished)
    else:
        with pytest.raises(IndexUnreachableError, match=r"uv cannot reach a package index: .*Request failed"):
            resolution_error(finished)
    assert resolution_error(Finished(("uv",), 2, b"", b"error: bad requirement\n"))


@pytest.mark.parametrize(
    ("known", "strict", "stopped"),
    [((False,), False, True), ((True,), False, False), ((True,), True, True), ((True, False), False, True)],
)
def test_a_plugin_of_a_stopping_tier_stops_for_new_defects(
    known: tuple[bool, ...], strict: bool, stopped: bool
) -> None:
    a, b, c = planned("x-a", stops=True), planned("x-b", "x-a"), planned("x-c")
    findings = tuple(ArtifactFinding("rule", "broken", each) for each in known)
    found = decide([a, b, c], {"x-a": findings, "x-b": (), "x-c": ()}, lambda _: {"x-b": "x-a"}, strict=strict)
    assert found.stopped == (("x-a",) if stopped else ())
    more = " (and 1 more)" if len(known) > 1 else ""
    reasons: dict[str, tuple[str, str | None]] = {"x-b": ("it needs x-a, which is held back", "x-a")}
    if not stopped:
        reasons["x-a"] = (f"inspection: broken{more}", None)
    assert {name: (held.why, held.because) for name, held in found.held.items()} == reasons


@pytest.mark.parametrize(
    ("distribution", "name", "folder"),
    [
        ("acme-{name}", "acme-spark-sql", "acme/spark_sql"),
        ("acme-{name}", "elsewhere", "acme/elsewhere"),
        ("acme-{name}", "acme-", "acme/acme_"),
        ("acme-{name}-plugin", "acme-spark-plugin", "acme/spark"),
        ("acme-{name}-plugin", "acme-plugin", "acme/acme_plugin"),
        (None, "acme-spark", "acme/acme_spark"),
    ],
)
def test_the_namespace_contains_the_short_name_only_if_the_distribution_fits(
    distribution: str | None, name: str, folder: str
) -> None:
    tier = TIERS["official"]._replace(distribution=distribution)
    assert CheckContext(planned(name), tier, {}).namespace() == folder


def test_a_link_to_a_missing_file_is_a_staged_file_without_content(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("missing")
    (member,) = read_staged_files(str(tmp_path)).values()
    assert (member.path, member.size, member.sha256, member.link) == ("dangling", 0, "", "missing")
