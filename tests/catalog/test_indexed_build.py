"""`catalog build --from-index`: the first documents of a repository, from releases that are on a package index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from commonhold.catalog.catalog_folder import read_catalog
from commonhold.catalog.folder_checks import find_problems
from commonhold.cli.commands import commonhold
from commonhold.errors import CommonholdError
from tests.support.package_index import PackageIndex, package_index, unavailable
from tests.support.repositories import Repo
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from commonhold.catalog.catalog_folder import Catalog

CONFIG = """\
[tool.commonhold]
core = { distribution = "acme-core" }
[tool.commonhold.tiers.official]
path = ["official/*"]
distribution = "acme-{name}"
[tool.commonhold.tiers.community]
path = ["community/*"]
distribution = "acme-contrib-{name}"
[tool.commonhold.plugins.acme-private]
release = false
[tool.commonhold.catalog]
community = "Acme plugins"
closed = []
[tool.commonhold.catalog.categories]
"Data" = ["acme-spark"]
"""
README = "# Spark\n\n## Usage\n\n```python\nfrom acme.spark import Spark\n```\n"


def project(name: str, *lines: str) -> str:
    return "\n".join(["[project]", f'name = "{name}"', 'version = "0"', *lines, ""])


FILES = {
    "pyproject.toml": CONFIG,
    "official/spark/pyproject.toml": project("acme-spark", 'description = "From the source"', 'readme = "README.md"'),
    "official/spark/README.md": README,
    "official/private/pyproject.toml": project("acme-private"),
    "official/unreleased/pyproject.toml": project("acme-unreleased"),
    "community/vaex/pyproject.toml": project("acme-contrib-vaex"),
    "community/odd/pyproject.toml": project("acme-contrib-odd"),
}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Repo.of(tmp_path / "repo", FILES)
    made.git("remote", "add", "origin", "https://github.com/octo/plugins.git")
    return made


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with package_index() as served:
        for version in ("1.15.0", "1.16.0"):
            served.add("acme-core", version)
        licence = "License-Expression: MIT"
        for version, core in (("1.15.1", "<1.16"), ("1.16.1", ">=1.16")):
            lines = (licence, f"Requires-Dist: acme-core{core}", "Author: Ada")
            served.add_file(*make_wheel("acme-spark", version, *lines, files={"acme/spark.py": "class Spark: ..."}))
        served.add_file(*make_wheel("acme-contrib-vaex", "2.0", licence, "Requires-Dist: acme-core", "Summary: Vaex"))
        served.add_file(*make_wheel("acme-contrib-odd", "1.0", "License: Ours"))
        served.add_file(*make_wheel("acme-private", "1.0", licence))
        yield served


def build(repo: Repo, index: PackageIndex, *more: str) -> Result:
    words = ["-C", str(repo.root), "catalog", "build", f"--from-index={index.simple}", "--to", str(repo.root / "out")]
    return CliRunner().invoke(commonhold, [*words, "--at", "2026-12-01T00:00:00Z", *more], standalone_mode=False)


def read(repo: Repo) -> Catalog:
    return read_catalog(str(repo.root / "out"))


def listed(catalog: Catalog) -> dict[str, list[str]]:
    return {
        "/".join(key): [f"{each.name} {release.version}" for each in document.plugins for release in each.releases]
        for key, document in catalog.tiers.items()
    }


def test_the_releases_on_the_index_are_listed_by_series_and_tier(repo: Repo, index: PackageIndex) -> None:
    done = build(repo, index)
    assert done.return_value == 0, done.output
    catalog = read(repo)
    assert {each.name: each.state for each in catalog.root.series} == {"1.15": "closed", "1.16": "open"}
    assert listed(catalog) == {
        "1.15/community": ["acme-contrib-vaex 2.0"],
        "1.15/official": ["acme-spark 1.15.1"],
        "1.16/community": ["acme-contrib-vaex 2.0"],
        "1.16/official": ["acme-spark 1.16.1"],
    }
    assert [line for line in done.stderr.splitlines() if line.startswith("not listed")] == [
        "not listed: acme-contrib-odd: it states no licence that can be recognized",
        "not listed: acme-unreleased: the package index has no project of this name",
    ]
    assert "+ index/v1/1.16/official.json: 1 plugin, 1 release" in done.stdout


def test_an_entry_is_described_by_its_newest_release_and_then_by_its_source(repo: Repo, index: PackageIndex) -> None:
    build(repo, index)
    (spark,) = read(repo).tiers["1.16", "official"].plugins
    assert (spark.short, spark.category, spark.licence, spark.summary) == ("spark", "Data", "MIT", "From the source")
    assert [person.name for person in spark.maintainers] == ["Ada"]
    assert spark.source == "https://github.com/octo/plugins/tree/HEAD/official/spark"
    assert spark.issues == "https://github.com/octo/plugins/issues"
    assert spark.quick_start == "from acme.spark import Spark"
    assert [part.value for part in spark.provides] == ["acme.spark:Spark"]
    readme = spark.releases[0].readme
    assert readme is not None
    assert (repo.root / "out" / readme.path).read_text() == README


def test_readmes_of_releases_that_are_not_listed_are_not_published(repo: Repo, index: PackageIndex) -> None:
    for version, core in (("1.16.3", ">=2"), ("1.16.2", ">=1.16"), ("1.16.1", ">=1.16")):
        lines = ("License-Expression: MIT", f"Requires-Dist: acme-core{core}")
        index.add_file(*make_wheel("acme-spark", version, *lines, readme=f"# {version}\n"))
    build(repo, index, "--releases", "1")
    assert find_problems(str(repo.root / "out")) == ()


def test_the_second_build_adds_only_new_releases(repo: Repo, index: PackageIndex) -> None:
    build(repo, index)
    before = read(repo)
    assert build(repo, index).stdout == ""
    index.add_file(*make_wheel("acme-spark", "1.16.2", "License-Expression: MIT", "Requires-Dist: acme-core>=1.15"))
    assert build(repo, index).stdout.splitlines() == ["+ index/v1/1.16/official.json: acme-spark 1.16.2"]
    assert read(repo).tiers["1.15", "official"] == before.tiers["1.15", "official"]


def test_a_project_that_its_owners_retired_has_that_status(repo: Repo, index: PackageIndex) -> None:
    index.details["acme-spark"] = {"project-status": {"status": "archived", "reason": "Use acme-next."}}
    build(repo, index)
    status = read(repo).status.plugins["acme-spark"]
    assert (status.state, status.reason, status.since) == ("retired", "Use acme-next.", "2026-12-01")


def test_nothing_is_written_if_the_index_fails(repo: Repo, index: PackageIndex) -> None:
    index.faults["acme-contrib-vaex"] = unavailable
    done = build(repo, index)
    assert isinstance(done.exception, CommonholdError)
    assert done.exception.exit_code == 4
    assert not (repo.root / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["1.17.0"], "pass either --from-index or 1.17.0"),
        (["--untested"], "--untested belongs to a release"),
        (["--store", "x"], "--store belongs to a release"),
    ],
)
def test_options_that_contradict_each_other_are_usage_errors(
    repo: Repo, index: PackageIndex, words: list[str], message: str
) -> None:
    done = build(repo, index, *words)
    assert isinstance(done.exception, CommonholdError)
    assert done.exception.exit_code == 2
    assert message in done.exception.message
    assert done.exception.hint


def test_an_index_without_the_core_is_a_usage_error(repo: Repo, index: PackageIndex) -> None:
    index.files.clear()
    done = build(repo, index)
    assert isinstance(done.exception, CommonholdError)
    assert "has no release of the core acme-core" in done.exception.message
