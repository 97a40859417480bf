"""The mirror of a plugin index: documents and files, verified, resumable, and all or nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from commonhold.catalog.catalog_folder import ROOT, SIGNATURE, read_catalog, write_catalog
from commonhold.catalog.documents import CatalogFile
from commonhold.catalog.folder_checks import find_problems
from commonhold.catalog.mirror.mirror_run import MirrorReport, mirror_catalog, mirror_path
from commonhold.catalog.mirror.origin import open_origin
from commonhold.cli.commands import commonhold
from commonhold.errors import CommonholdError, ToolError
from tests.catalog.catalog_values import catalog, plugin, release, tier_document
from tests.support.package_index import PackageIndex, cut, package_index, redirected, swapped, unavailable
from tests.support.plugin_sites import Site, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPARK = "flytekitplugins-spark"
SERIES = {"1.16": ("1.16.1", "1.16.0"), "1.15": ("1.15.0",)}


@dataclass
class Community:
    """A plugin index on a site, whose files are on a package index."""

    site: Site
    index: PackageIndex
    folder: Path

    def publish(self, **series: tuple[str, ...]) -> None:
        """Write the plugin index with these releases, by series."""
        documents = []
        for name, versions in (series or SERIES).items():
            releases = [release(version, files=[self._file(version)], core=None) for version in versions]
            entry = plugin(SPARK, releases=releases, licence="MIT")
            documents.append(tier_document(entry, series=name.removeprefix("s").replace("_", ".")))
        write_catalog(str(self.site.folder), catalog(*documents))

    def _file(self, version: str) -> CatalogFile:
        name = f"flytekitplugins_spark-{version}-py3-none-any.whl"
        data = self.index.files.setdefault(name, f"the wheel {version}".encode())
        return CatalogFile(url=self.index.url(name), size=len(data), sha256=hashlib.sha256(data).hexdigest())

    def mirror(self, *series: str) -> MirrorReport:
        return mirror_catalog(open_origin(self.site.base), str(self.folder), series)

    def copies(self) -> set[str]:
        return {path.name for path in self.folder.glob("files/**/*.whl")}


@pytest.fixture
def community(tmp_path: Path) -> Iterator[Community]:
    (tmp_path / "site").mkdir()
    with site_of(tmp_path / "site") as site, package_index() as index:
        made = Community(site, index, tmp_path / "mirror")
        made.publish()
        yield made


def wheels(*versions: str) -> set[str]:
    return {f"flytekitplugins_spark-{version}-py3-none-any.whl" for version in versions}


def test_a_mirror_has_the_same_documents_and_every_file(community: Community) -> None:
    report = community.mirror()
    host = community.index.base.removeprefix("http://")
    assert (report.downloaded, report.kept) == (3, 0)
    for path in (community.site.folder / "index").rglob("*"):
        if path.is_file():
            copy = community.folder / path.relative_to(community.site.folder)
            assert copy.read_bytes() == path.read_bytes()
    assert community.copies() == wheels("1.16.1", "1.16.0", "1.15.0")
    folder = f"files/{host.replace(':', '_')}"
    assert json.loads((community.folder / "mirror.json").read_text())["hosts"] == [{"host": host, "path": folder}]
    for name in wheels("1.16.1"):
        assert (community.folder / folder / "files" / name).read_bytes() == community.index.files[name]
    assert find_problems(str(community.folder)) == ()


def test_files_that_are_there_are_not_downloaded_again(community: Community) -> None:
    community.mirror()
    community.index.requests.clear()
    damaged = next(community.folder.rglob("flytekitplugins_spark-1.16.1-*.whl"))
    damaged.write_bytes(b"cut")
    report = community.mirror()
    assert (report.downloaded, report.kept) == (1, 2)
    assert [path.rpartition("/")[2] for path in community.index.requests] == [damaged.name]


@pytest.mark.parametrize(
    "fault", [unavailable, cut, swapped(b"other bytes"), swapped(b""), redirected("http://127.0.0.1:9/x")]
)
def test_after_a_failure_the_older_copy_still_works(community: Community, fault: object) -> None:
    community.mirror()
    before = (community.folder / ROOT).read_bytes()
    community.publish(s1_16=("1.16.3", "1.16.2", *SERIES["1.16"]), s1_15=SERIES["1.15"])
    (failing,) = wheels("1.16.3")
    community.index.faults[failing] = fault  # type: ignore[assignment]
    with pytest.raises(ToolError, match=r"1 file of 5 cannot be mirrored") as caught:
        community.mirror()
    assert caught.value.exit_code == 4
    assert failing in caught.value.message
    assert (community.folder / ROOT).read_bytes() == before
    assert failing not in community.copies()
    community.index.faults.clear()
    assert community.mirror().downloaded == 1  # 1.16.2 is there already
    assert len(read_catalog(str(community.folder)).tiers["1.16", "official"].plugins[0].releases) == 4


def test_commits_are_counted_once_and_not_copied(community: Community) -> None:
    git = f"git+https://git.example/octo/plugins@{'a' * 40}#subdirectory=spark"
    entry = plugin(SPARK, releases=[release("2.0", files=[], git=git, core=None)])
    write_catalog(str(community.site.folder), catalog(tier_document(entry), tier_document(entry, series="1.15")))
    report = community.mirror()
    assert (report.downloaded, report.commits) == (0, 1)


def test_files_of_other_series_can_be_left_out(community: Community) -> None:
    community.mirror("1.15")
    assert community.copies() == wheels("1.15.0")
    with pytest.raises(CommonholdError, match=r"no series 1\.14") as caught:
        community.mirror("1.14")
    assert caught.value.exit_code == 2


def test_a_document_with_another_hash_is_refused(community: Community) -> None:
    (community.site.folder / "index/v1/1.16/official.json").write_text("{}")
    with pytest.raises(CommonholdError, match="does not have the SHA-256"):
        community.mirror()
    assert not (community.folder / "index").exists()


def test_a_plugin_index_that_drops_releases_is_refused(community: Community) -> None:
    community.mirror()
    community.publish(s1_16=("1.16.1",), s1_15=SERIES["1.15"])
    with pytest.raises(CommonholdError, match=r"drops the release 1\.16\.0") as caught:
        community.mirror()
    assert caught.value.exit_code == 1
    assert len(read_catalog(str(community.folder)).tiers["1.16", "official"].plugins[0].releases) == 2


def test_the_signature_is_copied(community: Community) -> None:
    (community.site.folder / SIGNATURE).write_text("{}")
    community.mirror()
    assert (community.folder / SIGNATURE).read_text() == "{}"


@pytest.mark.parametrize(
    "url",
    [
        "https://h.example/../../etc/passwd",
        "https://h.example/a/%2e%2e/%2e%2e/passwd",
        "https://h.example/a%5cb.whl",
        "https://h.example/a%00b.whl",
        "https://h.example/a.whl?download=1",
        "https://h.example/",
    ],
)
def test_a_url_whose_path_leads_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ToolError, match="cannot be mirrored"):
        mirror_path(url)


def test_the_command_prints_how_to_use_the_mirror(community: Community) -> None:
    words = ["catalog", "mirror", community.site.base, str(community.folder)]
    done = CliRunner().invoke(commonhold, words, standalone_mode=False)
    assert done.return_value == 0
    assert "3 files downloaded, 0 already there" in done.stderr
    assert done.stdout == f"Use it with: commonhold-plugins use {community.folder.as_uri()}/\n"


@pytest.mark.parametrize("source", ["nowhere", "ftp://h.example/", "https://me:secret@h.example/"])
def test_a_source_that_is_no_plugin_index_is_a_usage_error(tmp_path: Path, source: str) -> None:
    done = CliRunner().invoke(commonhold, ["catalog", "mirror", source, str(tmp_path / "m")], standalone_mode=False)
    assert isinstance(done.exception, CommonholdError)
    assert done.exception.exit_code == 2
    assert "secret" not in done.exception.message
