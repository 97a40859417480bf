"""``catalog late`` and ``governance late`` on a real repository and a real plugin index in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from commonhold.catalog.catalog_folder import write_catalog
from commonhold.cli.__main__ import main
from tests.catalog.late_catalog import BETA, catalog_of, listed, release, result_of
from tests.support.approvals import IDS, maintained
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakeServer, user
from tests.support.repositories import Repo
from tests.support.servers import serving

SCHEMA = Path(__file__).resolve().parents[2] / "docs/reference/schemas/catalog-late.schema.json"

ROOT = """\
[tool.commonhold]
core = { distribution = "core" }
[tool.commonhold.tiers.community]
path = ["plugins/*"]
"""
PINNED = [release("1.16.3", "==1.16.3")]


def project(name: str) -> str:
    return f'[project]\nname = "{name}"\nversion = "1.16.3"\nrequires-python = ">=3.10"\n'


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The plugin x-own has its own version, and x-spark is released with the core."""
    files = {
        "pyproject.toml": f'{ROOT}[tool.commonhold.plugins.x-own]\nversion = "own"\n',
        "plugins/spark/pyproject.toml": project("x-spark"),
        "plugins/spark/governance.toml": maintained("ann"),
        "plugins/own/pyproject.toml": project("x-own"),
    }
    return Repo.of(tmp_path_factory.mktemp("late") / "repo", files)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A plugin index in which the release of each plugin requires the exact version of the core."""
    plugins = {
        "x-spark": listed(releases=PINNED, results=[result_of(BETA, "passed")]),
        "x-own": listed(releases=PINNED, results=[result_of(BETA, "passed")]),
        "x-gone": listed(results=[result_of(BETA, "failed")]),
    }
    write_catalog(str(tmp_path / "index"), catalog_of(plugins))
    return tmp_path / "index"


def test_the_release_manager_gets_the_list(repo: Repo, index: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(repo.root), "catalog", "late", str(index)]) == 0
    shown = capfd.readouterr()
    assert shown.out == (
        "plugin  tier       state   version  why it is not ready\n"
        "x-gone  community  active  1.16.3   its tests fail with core 1.17.0b2\n"
        "x-own   community  active  1.16.3   its newest release 1.16.3 requires core ==1.16.3\n"
    )
    assert shown.err == "2 of 3 plugins are not ready for core 1.17.0, as tested with 1.17.0b2\n"


def test_the_list_is_there_for_programs_and_for_a_summary(
    repo: Repo, index: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert main(["-C", str(repo.root), "catalog", "late", str(index), "--json", "--github"]) == 0
    document = json.loads(capfd.readouterr().out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert (document["schema"], document["ready"], [each["name"] for each in document["late"]]) == (
        1,
        ["x-spark"],
        ["x-gone", "x-own"],
    )
    assert "| x-own | community | active |" in (tmp_path / "summary").read_text()


def test_another_core_can_be_named(repo: Repo, index: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(repo.root), "catalog", "late", str(index), "--core", "1.16.3"]) == 0
    assert "3 of 3 plugins are not ready for core 1.16.3\n" in capfd.readouterr().err
    assert main(["-C", str(repo.root), "catalog", "late", str(index), "--core", "\x1b[2Jnew"]) == 2
    assert "\x1b" not in capfd.readouterr().err


def test_without_results_there_is_no_list_and_no_issue(repo: Repo, tmp_path: Path) -> None:
    write_catalog(str(tmp_path / "empty"), catalog_of({"x-spark": listed()}))
    assert main(["-C", str(repo.root), "catalog", "late", str(tmp_path / "empty")]) == 2
    assert main(["-C", str(repo.root), "governance", "late", str(tmp_path / "empty"), "--by", "2027-01-15"]) == 0
    assert main(["-C", str(repo.root), "catalog", "late", str(tmp_path)]) == 2


def test_maintainers_are_asked_only_with_post_and_a_date(
    repo: Repo, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_catalog(str(tmp_path / "index"), catalog_of({"x-spark": listed(results=[result_of(BETA, "failed")])}))
    fake = FakeGitHub(repo)
    fake.accounts = {IDS["ann"]: user("ann", IDS["ann"])}
    command = ["-C", str(repo.root), "governance", "late", str(tmp_path / "index"), "--repository", REPOSITORY]
    with serving(FakeServer(fake)) as server:
        monkeypatch.setenv("GITHUB_API_URL", server.address)
        assert main(command) == 0
        assert "no issue is opened without --by" in capfd.readouterr().err
        assert main([*command, "--by", "2999-01-15"]) == 0
        assert capfd.readouterr().out == "x-spark: open: its tests fail with core 1.17.0b2\n"
        assert fake.issues == {}
        assert main([*command, "--by", "2999-01-15", "--post"]) == 0
        assert main([*command, "--by", "15 January"]) == 2
        (issue,) = fake.issues.values()
        assert "@ann: as maintainers of" in (issue.body or "")
        fake.tamper = lambda request, response: type(response)(500, {}, "") if request.method == "PATCH" else response
        assert main([*command, "--by", "2999-01-16", "--post"]) == 4
