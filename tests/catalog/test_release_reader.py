"""Releases that are already on a package index: which are read, and which are listed in each series of the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from commonhold.catalog.from_index.core_series import find_series
from commonhold.catalog.from_index.download_cache import DownloadCache, default_cache_folder
from commonhold.catalog.from_index.indexed_releases import find_indexed_releases
from commonhold.catalog.from_index.release_reader import IndexedProject, ReleaseReader
from commonhold.index.addresses import Address
from commonhold.index.client import IndexClient, IndexUnreachableError
from commonhold.index.page import FileDetails, IndexFile
from tests.support.package_index import PackageIndex, package_index, redirected, swapped, unavailable
from tests.support.wheels import core_metadata, make_sdist, make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-12-01T00:00:00Z"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with package_index() as served:
        for version, python in (("1.14.0", ">=3.8"), ("1.15.0", ">=3.9"), ("1.16.0", ">=3.9"), ("1.17.0rc1", ">=3.10")):
            file = served.add("acme-core", version)
            served.details[file] = {"requires-python": python}
        yield served


def add(index: PackageIndex, version: str, core: str | None, python: str = ">=3.9", **details: Any) -> str:
    """Add a release of the plugin with a range of core versions."""
    lines = [f"Requires-Python: {python}", *([] if core is None else [f"Requires-Dist: acme-core{core}"])]
    file = index.add_file(*make_wheel("acme-spark", version, *lines, readme=f"# Spark {version}\n"))
    index.details[file] = {"requires-python": python, **details}
    return file


def read(index: PackageIndex, cache: Path | None = None, newest: int = 3) -> IndexedProject:
    client = IndexClient(Address(index.simple, index.simple))
    core, page = client.page("acme-core"), client.page("acme-spark")
    assert core is not None
    assert page is not None
    series = find_series(core.files, "{major}.{minor}")
    folder = None if cache is None else str(cache)
    return ReleaseReader(client, DownloadCache(folder), "acme-core", series, NOW, newest).read("acme-spark", page)


def listed(project: IndexedProject) -> dict[str, list[str]]:
    return {series: [release.version for release in releases] for series, releases in project.by_series}


def test_each_series_lists_the_newest_releases_that_admit_it(index: PackageIndex) -> None:
    for micro in range(4):
        add(index, f"1.16.{micro}", ">=1.15.1")
        add(index, f"1.14.{micro}", ">=1.14,<1.15")
    add(index, "1.13.0", ">=1.13,<2", python=">=3.8")
    assert listed(read(index)) == {
        # Only 1.13.0 supports Python 3.8, which the core's series supports too.
        "1.14": ["1.14.3", "1.14.2", "1.14.1", "1.13.0"],
        "1.15": ["1.16.3", "1.16.2", "1.16.1"],
        "1.16": ["1.16.3", "1.16.2", "1.16.1"],
        "1.17": ["1.16.3", "1.16.2", "1.16.1"],
    }


def test_a_release_without_a_range_is_listed_in_every_series(index: PackageIndex) -> None:
    add(index, "2.0", None)
    assert listed(read(index)) == {series: ["2.0"] for series in ("1.14", "1.15", "1.16", "1.17")}


def test_an_entry_has_the_facts_of_the_index_and_of_the_wheel(index: PackageIndex) -> None:
    file = add(index, "1.16.0", ">=1.16", provenance="https://index.example/p")
    sdist = index.add_file(*make_sdist("acme-spark", "1.16.0"))
    project = read(index)
    release = project.by_series[0][1][0]
    assert (release.released, release.requires_python) == ("2026-11-30T10:00:00Z", ">=3.9")
    assert release.core is not None
    assert release.core.range == ">=1.16"
    assert [(each.url, each.size, each.sha256) for each in release.files] == [
        (index.url(name), len(index.files[name]), index.sha256(name)) for name in (file, sdist)
    ]
    assert release.files[0].provenance == "https://index.example/p"
    assert release.readme is not None
    assert dict(project.assets)[release.readme.path] == b"# Spark 1.16.0\n"


def test_older_releases_are_read_from_their_metadata_only(index: PackageIndex, tmp_path: Path) -> None:
    for version in ("1.16.0", "1.16.1", "1.16.2"):
        add(index, version, ">=1.16")
        index.add_file(f"acme_spark-{version}-py3-none-any.whl.metadata",
                       core_metadata("acme-spark", version, "Requires-Dist: acme-core>=1.16"))  # fmt: skip
    assert listed(read(index, tmp_path))["1.16"] == ["1.16.2", "1.16.1", "1.16.0"]
    fetched = [path for path in index.requests if "/files/" in path]
    assert [path.endswith(".metadata") for path in fetched] == [False, True, True]


def test_an_index_without_sizes_and_hashes_is_read_from_its_files(index: PackageIndex) -> None:
    file = add(index, "1.16.0", ">=1.16", size=None, hashes={})
    del index.details[file]["requires-python"]
    index.details[file]["upload-time"] = None
    release = read(index).by_series[0][1][0]
    assert (release.files[0].size, release.files[0].sha256) == (len(index.files[file]), index.sha256(file))
    assert release.released == NOW


def test_the_second_run_downloads_nothing(index: PackageIndex, tmp_path: Path) -> None:
    add(index, "1.16.0", ">=1.16")
    first = read(index, tmp_path)
    index.requests.clear()
    assert read(index, tmp_path) == first
    assert not any("/files/" in path for path in index.requests)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            file.write_bytes(b"changed")
    assert read(index, tmp_path) == first


def test_releases_that_must_not_be_listed_are_left_out(index: PackageIndex) -> None:
    add(index, "1.16.0", ">=1.16")
    add(index, "1.16.1", ">=1.16", yanked="broken")
    add(index, "1.16.2.dev1", ">=1.16")
    add(index, "1.15.0rc1", ">=1.16")
    add(index, "1.16.3", ">=1.16", url=f"{index.base}/files/other-1.16.3-py3-none-any.whl")
    other = index.add_file("acme_spark-1.16.4-py3-none-any.whl", make_wheel("acme-other", "1.16.4")[1])
    index.details[other] = {}
    add(index, "1.16.5", ">=1.16")
    index.faults["acme_spark-1.16.5-py3-none-any.whl"] = swapped(b"PK\x05\x06 other bytes")
    broken = index.add_file("acme_spark-1.16.6-py3-none-any.whl", b"not a wheel")
    index.details[broken] = {}
    project = read(index, newest=10)
    assert listed(project)["1.16"] == ["1.16.0"]
    assert [problem.split(":")[0] for problem in project.problems] == [
        "acme-spark 1.16.6 is not listed", "acme-spark 1.16.5 is not listed", "acme-spark 1.16.4 is not listed"
    ]  # fmt: skip
    assert "contains acme-other 1.16.4" in project.problems[2]
    assert "SHA-256" in project.problems[1]


def test_a_pre_release_of_the_coming_release_is_listed(index: PackageIndex) -> None:
    add(index, "1.16.0", ">=1.16")
    add(index, "1.17.0rc1", ">=1.17.0rc1")
    assert listed(read(index))["1.17"] == ["1.17.0rc1", "1.16.0"]


def test_an_index_that_fails_is_an_error_and_not_a_missing_release(index: PackageIndex) -> None:
    file = add(index, "1.16.0", ">=1.16")
    index.faults[file] = unavailable
    with pytest.raises(IndexUnreachableError, match="HTTP 503"):
        read(index)


def test_a_redirected_page_belongs_to_another_index(index: PackageIndex) -> None:
    add(index, "1.16.0", ">=1.16")
    with package_index() as other:
        index.faults["acme-spark"] = redirected(f"{other.simple}acme-spark/")
        assert IndexClient(Address(index.simple, index.simple)).page("acme-spark") is None


def test_a_huge_page_gives_few_candidates() -> None:
    files = [
        IndexFile(name := f"x-1.{minor}.{micro}-py3-none-any.whl", f"1.{minor}.{micro}", None, url=f"https://h/{name}")
        for minor in range(100)
        for micro in range(20)
    ]
    found = find_indexed_releases(files, "x", 2)
    assert [str(each.version) for each in found[:3]] == ["1.99.19", "1.99.18", "1.98.19"]
    assert len(found) == 80


def test_the_newest_series_is_open() -> None:
    def core(version: str, python: str = ">=3.9", *, yanked: bool = False) -> IndexFile:
        return IndexFile(f"c-{version}.tar.gz", version, None, yanked, details=FileDetails(requires_python=python))

    files = [core("1.9.0"), core("1.10.0", ">=3.10,<3.12"), core("1.11.0b1"), core("1.8.0rc1"), core("2.0.dev1"),
             core("1.12.0", yanked=True), core("nonsense")]  # fmt: skip
    found = find_series(files, "{major}.{minor}")
    assert [(each.name, each.is_open) for each in found] == [("1.9", False), ("1.10", True), ("1.11", True)]
    assert found[1].pythons == {"3.10", "3.11"}
    assert [each.name for each in find_series(files, "{major}")] == ["1"]
    assert [each.name for each in find_series(files, "{major}.{minor}", latest=1)] == ["1.11"]


def test_the_cache_is_the_users(tmp_path: Path) -> None:
    assert default_cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == str(tmp_path / "commonhold" / "downloads")
    assert default_cache_folder({"HOME": "/h"}) == "/h/.cache/commonhold/downloads"
