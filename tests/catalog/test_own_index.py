"""`catalog build FILE.toml`: the plugin index of an author, from projects, git repositories and files."""

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

HEAD = """\
community = "My plugins"
core = "Acme.Core"
tier = "mine"
notice = "These plugins are mine."
package-index = "{simple}"
"""
PROJECT = '[[plugin]]\nproject = "Mine.Spark"\nshort = "spark"\ncategory = "Data"\n'
CODE = {
    "plugin/pyproject.toml": '[project]\nname = "mine-git"\nversion = "0.3"\ndescription = "From git"\n'
    'license = "LicenseRef-Mine"\nrequires-python = ">=3.10"\ndependencies = ["acme-core>=1.15", "click"]\n'
    'readme = "README.md"\n[project.entry-points."acme.plugins"]\nmine = "mine_git:load"\n',
    "plugin/README.md": "# Mine\n",
    "other.txt": "",
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with package_index() as served:
        for version in ("1.15.0", "1.16.0"):
            served.add("acme-core", version)
        served.add_file(*make_wheel("mine-spark", "1.0", "Requires-Dist: acme-core<1.16", "Summary: Old"))
        served.add_file(*make_wheel("mine-spark", "2.0", "Requires-Dist: acme-core>=1.16", "Summary: Runs tasks"))
        yield served


def build(folder: Path, index: PackageIndex, text: str, at: str = "2026-12-01T00:00:00Z") -> Result:
    (folder / "mine.toml").write_text(HEAD.replace("{simple}", index.simple) + text)
    words = ["-C", str(folder), "catalog", "build", "mine.toml", "--to", str(folder / "out"), "--at", at]
    return CliRunner().invoke(commonhold, words, standalone_mode=False)


def read(folder: Path) -> Catalog:
    return read_catalog(str(folder / "out"), local=True)


def listed(catalog: Catalog) -> dict[str, list[str]]:
    return {
        "/".join(key): [f"{each.name} {release.version}" for each in document.plugins for release in each.releases]
        for key, document in catalog.tiers.items()
    }


def test_projects_commits_and_files_become_one_tier(tmp_path: Path, index: PackageIndex) -> None:
    source = Repo.of(tmp_path / "code", CODE)
    name, data = make_wheel("mine-file", "3.0")
    (tmp_path / name).write_bytes(data)
    remote = index.add_file(*make_wheel("mine-remote", "4.0"))
    done = build(
        tmp_path,
        index,
        f'{PROJECT}[[plugin]]\ngit = "code"\nfolder = "plugin"\n'
        f'[[plugin]]\nfile = "{name}"\nurl = "https://files.example/{name}"\n'
        f'[[plugin]]\nfile = "{index.url(remote)}"\n',
    )
    assert done.return_value == 0, done.output
    catalog = read(tmp_path)
    assert [(tier.name, tier.default, tier.notice) for tier in catalog.root.tiers] == [
        ("mine", True, "These plugins are mine.")
    ]
    everywhere = ["mine-file 3.0", "mine-git 0.3", "mine-remote 4.0"]
    assert listed(catalog) == {
        "1.15/mine": [*everywhere, "mine-spark 1.0"],
        "1.16/mine": [*everywhere, "mine-spark 2.0"],
    }
    plugins = {plugin.name: plugin for plugin in catalog.tiers["1.16", "mine"].plugins}
    assert (plugins["mine-spark"].short, plugins["mine-spark"].category) == ("spark", "Data")
    release = plugins["mine-git"].releases[0]
    commit = source.git("rev-parse", "HEAD")
    assert release.git == f"git+{(tmp_path / 'code').as_uri()}@{commit}#subdirectory=plugin"
    assert (release.commit, release.requires_python, release.requires) == (
        commit,
        ">=3.10",
        ["acme-core>=1.15", "click"],
    )
    assert [part.value for part in plugins["mine-git"].provides] == ["mine_git:load"]
    assert release.readme is not None
    assert plugins["mine-file"].releases[0].files[0].url == f"https://files.example/{name}"
    assert plugins["mine-remote"].releases[0].files[0].sha256 == index.sha256(remote)
    assert find_problems(str(tmp_path / "out"), third_party=True, local=True) == ()


def test_a_file_without_a_url_works_on_this_machine_only(tmp_path: Path, index: PackageIndex) -> None:
    name, data = make_wheel("mine-file", "3.0")
    (tmp_path / name).write_bytes(data)
    assert build(tmp_path, index, f'[[plugin]]\nfile = "{name}"\n').return_value == 0
    assert read(tmp_path).tiers["1.16", "mine"].plugins[0].releases[0].files[0].url == (tmp_path / name).as_uri()


def test_states_and_moves_are_in_the_status(tmp_path: Path, index: PackageIndex) -> None:
    moved = 'moved-to = { name = "other/spark", reason = "A fork took over." }\n'
    build(tmp_path, index, f'{PROJECT}retired = "Not needed any more."\nreplacement = "mine-next"\n{moved}')
    status = read(tmp_path).status.plugins["mine-spark"]
    assert (status.state, status.since, status.reason) == ("retired", "2026-12-01", "Not needed any more.")
    assert status.replacement == "mine-next"
    assert status.moved_to is not None
    assert (status.moved_to.name, status.moved_to.reason) == ("other/spark", "A fork took over.")
    build(tmp_path, index, PROJECT, at="2027-01-01T00:00:00Z")
    status = read(tmp_path).status.plugins["mine-spark"]
    assert (status.state, status.moved_to, len(status.history)) == ("active", None, 2)


def test_listed_releases_stay_listed(tmp_path: Path, index: PackageIndex) -> None:
    source = Repo.of(tmp_path / "code", CODE)
    text = f'{PROJECT}[[plugin]]\ngit = "code"\nfolder = "plugin"\n'
    build(tmp_path, index, text)
    assert build(tmp_path, index, text).stdout == ""
    source.commit({"plugin/pyproject.toml": CODE["plugin/pyproject.toml"].replace("0.3", "0.4")})
    index.files.pop("mine_spark-2.0-py3-none-any.whl")
    index.add_file(*make_wheel("mine-spark", "2.1", "Requires-Dist: acme-core>=1.16"))
    build(tmp_path, index, text)
    assert listed(read(tmp_path))["1.16/mine"] == ["mine-git 0.4", "mine-git 0.3", "mine-spark 2.1", "mine-spark 2.0"]


def test_a_listed_file_with_other_content_is_refused(tmp_path: Path, index: PackageIndex) -> None:
    build(tmp_path, index, PROJECT)
    before = (tmp_path / "out/index/v1/index.json").read_bytes()
    index.add_file(*make_wheel("mine-spark", "2.0", "Requires-Dist: acme-core>=1.16", "Summary: Swapped"))
    done = build(tmp_path, index, PROJECT)
    assert isinstance(done.exception, CommonholdError)
    assert done.exception.exit_code == 1
    assert "mine_spark-2.0-py3-none-any.whl" in done.exception.message
    assert (tmp_path / "out/index/v1/index.json").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "length >= 1"),
        ("[[plugin]]\n", "one of the keys project, git and file; this one has none of them"),
        ('[[plugin]]\nproject = "a"\ngit = "b"\n', "this one has project and git"),
        ('[[plugin]]\nproject = "../a"\n', "is not the name of a project"),
        ('[[plugin]]\nproject = "a"\nrev = "main"\n', "`rev` belongs to a plugin with `git`"),
        ('[[plugin]]\ngit = "https://h.example/a"\nrev = "--upload-pack=x"\n', "`rev` is not a branch"),
        ('[[plugin]]\nproject = "a"\nurl = "https://h.example/a"\n', "`url` belongs to a plugin with `file`"),
        ('[[plugin]]\nproject = "a"\nreplacement = "b"\n', "`replacement` needs `retired`"),
        ('[[plugin]]\nproject = "a"\nprojekt = "b"\n', "unknown field `projekt` - at `$.plugin[0]`"),
        ('[[plugin]]\nproject = "a"\nshort = "A b"\n', "`$.plugin[0].short`"),
        ('[[plugin]]\nproject = "a"\nmoved-to = { name = "../x", reason = "r" }\n', "`$.plugin[0].moved-to.name`"),
        ('[[plugin]]\nproject = "a"\nmoved-to = { name = "x", reason = " " }\n', "`moved-to` needs a reason"),
        ("[[plugin]\n", "is not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_a_configuration_error(
    tmp_path: Path, index: PackageIndex, text: str, message: str
) -> None:
    done = build(tmp_path, index, text)
    assert isinstance(done.exception, CommonholdError)
    assert done.exception.exit_code == 2
    assert message in done.exception.message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[plugin]]\nproject = "mine-none"\n', "the package index has no project of this name"),
        ('[[plugin]]\nfile = "none.whl"\n', "none.whl cannot be read: No such file or directory"),
        ('[[plugin]]\nfile = "mine.toml"\n', "mine.toml is neither a wheel (.whl) nor an sdist (.tar.gz)"),
        ('[[plugin]]\nfile = "http://files.example/a-1-py3-none-any.whl"\n', "must begin with https://"),
        ('[[plugin]]\nfile = "https://me:secret@h.example/a-1-py3-none-any.whl"\n', "must not contain credentials"),
        ('[[plugin]]\ngit = "ext::sh -c x"\n', "names a program that git would run"),
        ('[[plugin]]\ngit = "none"\n', "none is neither a folder nor a URL"),
        ('[[plugin]]\ngit = "code"\n', "the root folder contains no project"),
        ('[[plugin]]\ngit = "code"\nfolder = "../x"\n', "is not a folder in the repository"),
        ('[[plugin]]\ngit = "code"\nfolder = "gone"\n', "has no folder gone"),
        ('[[plugin]]\ngit = "code"\nrev = "v9"\n', "git cannot fetch"),
        ('[[plugin]]\nproject = "mine-late"\n', "no release admits a series of acme-core"),
        ('[[plugin]]\nproject = "mine-x"\n[[plugin]]\nproject = "mine-y"\n', "2 sources cannot be listed"),
    ],
)
def test_a_source_that_cannot_be_listed_stops_the_build(
    tmp_path: Path, index: PackageIndex, text: str, message: str
) -> None:
    Repo.of(tmp_path / "code", CODE)
    index.add_file(*make_wheel("mine-late", "1.0", "Requires-Dist: acme-core>=2"))
    done = build(tmp_path, index, PROJECT + text)
    assert isinstance(done.exception, CommonholdError)
    assert message in done.exception.message
    assert "secret" not in done.exception.message
    assert not (tmp_path / "out").exists()


def test_a_failing_package_index_is_an_error_of_a_server(tmp_path: Path, index: PackageIndex) -> None:
    index.faults["mine-spark"] = unavailable
    done = build(tmp_path, index, PROJECT)
    assert isinstance(done.exception, CommonholdError)
    assert done.exception.exit_code == 4


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    words = ["-C", str(tmp_path), "catalog", "build", "none.toml", "--to", str(tmp_path / "out")]
    done = CliRunner().invoke(commonhold, words, standalone_mode=False)
    assert isinstance(done.exception, CommonholdError)
    assert (done.exception.exit_code, done.exception.message) == (
        2, f"{tmp_path}/none.toml cannot be read: No such file or directory"
    )  # fmt: skip
