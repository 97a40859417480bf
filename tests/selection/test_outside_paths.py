"""A workspace in a larger repository: which paths outside it count, and in which state of the repository."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.cli.__main__ import main
from tests.support.monorepos import Link, Monorepo, project
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.monorepos import Content

HERE = "packages/python"
A, B = f"{HERE}/plugins/a", f"{HERE}/plugins/b"
CONFIG = """
[tool.commonhold]
ignore = ["**/*.md"]

[tool.commonhold.tiers.all]
path = ["plugins/*"]
"""
HATCH = '[tool.hatch.build.targets.wheel.force-include]\n"../../../../{}" = "acme/a/data"\n'


def _plugin(folder: str, needs: tuple[str, ...] = (), more: str = "") -> dict[str, Content]:
    name = folder.rpartition("/")[2]
    files: dict[str, Content] = {f"{folder}/pyproject.toml": project(name, needs, more=more)}
    return files | {f"{folder}/acme/{name}/__init__.py": "", f"{folder}/tests/test_it.py": ""}


@pytest.fixture
def larger(tmp_path: Path) -> Monorepo:
    """A repository with a web application next to the workspace; plugin c requires a."""
    monorepo = Monorepo(Repo.init(tmp_path / "repo"))
    monorepo.commit(
        {
            f"{HERE}/pyproject.toml": CONFIG,
            **_plugin(A),
            **_plugin(B),
            **_plugin(f"{HERE}/plugins/c", ("a",)),
            **dict.fromkeys(("web/app.ts", "README.md", "conftest.py", "shared/x", "shared/deep/y"), ""),
            "libs/one/pyproject.toml": project("one", ("two @ file:../two",)),
            "libs/two/pyproject.toml": project("two"),
        }
    )
    return monorepo


def _ask(monorepo: Monorepo, *options: str, folder: str = HERE, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    words = ["-C", str(monorepo.repo.path(folder)), "affected", "--json", *options]
    assert main(words) == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def _names(document: dict[str, Any]) -> str:
    return "".join(plugin["name"] for plugin in document["plugins"])


TIER = "\n[tool.commonhold.tiers.all]\n"
WAYS: dict[str, tuple[dict[str, Content], str, str]] = {
    "nothing": ({}, "web/app.ts", ""),
    "nothing, next to a file that is named": ({f"{A}/x": Link("../../../../shared/x")}, "shared/deep/y", ""),
    "reads from git's root": ({f"{HERE}/pyproject.toml": f'{CONFIG}reads = ["/shared/**"]\n'}, "shared/deep/y", "abc"),
    "reads from the workspace": (
        {f"{HERE}/pyproject.toml": f'{CONFIG}reads = ["../../shared/*"]\n'}, "shared/x", "abc"),
    "a plugin's own reads": (_plugin(A, more='[tool.commonhold]\nreads = ["/shared"]'), "shared/deep/y", "ac"),
    "a shared path": (
        {f"{HERE}/pyproject.toml": f'{CONFIG}[[tool.commonhold.shared]]\npath = ["/web/**"]\naffects = ["b"]\n'},
        "web/app.ts", "b"),
    "a shared path without effect": (
        {f"{HERE}/pyproject.toml": f'{CONFIG}[[tool.commonhold.shared]]\npath = ["/web/**"]\naffects = "none"\n'},
        "web/app.ts", ""),
    "a requirements file": (
        {"needs.txt": "x\n", f"{A}/requirements-test.txt": "-r ../../../../needs.txt\n"}, "needs.txt", "ac"),
    "force-include": (_plugin(A, more=HATCH.format("shared")), "shared/deep/y", "ac"),
    "a link": ({f"{A}/acme/a/data": Link("../../../../../../shared")}, "shared/deep/y", "ac"),
    "a link to a link": (
        {"link": Link("shared/deep"), f"{A}/data": Link("../../../../link")}, "shared/deep/y", "ac"),
    "reads through a link": (
        {"link": Link("shared"), f"{HERE}/pyproject.toml": f'{CONFIG}reads = ["/link/deep/*"]\n'}, "shared/deep/y", "abc"),
    "reads of a link": (
        {"web/y": Link("../shared/deep/y"), f"{HERE}/pyproject.toml": f'{CONFIG}reads = ["/web/**"]\n'},
        "shared/deep/y", "abc"),
    "a required project": (_plugin(A, ("one @ file:../../../../libs/one",)), "libs/one/one.py", "ac"),
    "a project that a required project requires": (
        _plugin(A, ("one @ file:../../../../libs/one",)), "libs/two/two.py", "ac"),
    "the core": (
        {f"{HERE}/pyproject.toml": f'{CONFIG}[tool.commonhold.core]\npath = ["/libs/one/src/**"]\n'},
        "libs/one/src/one.py", "abc"),
    "the core's project": (
        {f"{HERE}/pyproject.toml": f'{CONFIG}[tool.commonhold.core]\npath = ["/libs/one/src/**"]\n'},
        "libs/one/pyproject.toml", "abc"),
    "a core around the workspace": (
        {"setup.cfg": "[metadata]\nname = core\n",
         f"{HERE}/pyproject.toml": f'{CONFIG}[tool.commonhold.core]\npath = ["../../core/**"]\n'},
        "setup.cfg", "abc"),
    "a folder next to a core around the workspace": (
        {"setup.cfg": "[metadata]\nname = core\n",
         f"{HERE}/pyproject.toml": f'{CONFIG}[tool.commonhold.core]\npath = ["../../core/**"]\n'},
        "web/app.ts", ""),
    "the core's pin": (
        {"pins.txt": "", f"{HERE}/pyproject.toml":
            f'{CONFIG}[tool.commonhold.core]\ndistribution = "x"\npin = ["/pins.txt"]\n'},
        "pins.txt", "abc"),
    "a module on pytest's search path": (
        _plugin(A, more='[tool.pytest.ini_options]\npythonpath = ["../../../../shared"]')
        | {"shared/kit.py": "import more\n", "shared/more.py": "", f"{A}/tests/test_it.py": "import kit\n"},
        "shared/more.py", "ac"),
    "a test command": (_plugin(A, more='[tool.commonhold]\ntest = ["sh ../../../../web/run.sh"]'), "web/run.sh", "ac"),
    "an installed requirements file": (
        _plugin(A, more='[tool.commonhold]\ninstall = ["-r {root}/../../shared/x"]'), "shared/x", "ac"),
    "a readme": (_plugin(A, more='readme = "../../../../README.md"'), "README.md", "ac"),
    "another workspace's conftest.py": ({}, "conftest.py", ""),
    "perhaps a plugin that cannot be read": (
        {f"{B}/pyproject.toml": None,
         f"{B}/setup.py": "from setuptools import setup\nsetup(name='b', install_requires=read())\n"},
        "web/app.ts", "b"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_path_outside_counts_if_something_names_it(
    larger: Monorepo, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files, path, expected = WAYS[way]
    larger.commit(files)
    full = larger.repo.path(path)
    larger.write({path: (full.read_text() if full.exists() else "") + "\n# changed\n"})
    found = _ask(larger, "--base", "HEAD", capsys=capsys)
    assert _names(found) == expected
    left_out = way.startswith("perhaps") or (not expected and "effect" not in way)
    assert found["workspace"] == {"path": HERE, "left_out": int(left_out)}


def test_paths_in_the_output_are_relative_to_the_workspace(
    larger: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    larger.commit({f"{HERE}/pyproject.toml": f'{CONFIG}reads = ["/shared/**", "/gone/**"]\n'})
    larger.write({"shared/x": "new", "web/app.ts": "new", "web/b.ts": "new", f"{B}/new.txt": ""})
    found = _ask(larger, "--base", "HEAD", capsys=capsys)
    (b,) = (plugin for plugin in found["plugins"] if plugin["name"] == "b")
    assert b["path"] == "plugins/b"
    assert [reason.get("paths") or reason["path"] for reason in b["reasons"]] == [
        ["plugins/b/new.txt"],
        "../../shared/x",
    ]
    assert found["warnings"][0] == "a: reads: '/gone/**' matches no file"
    main(["-C", str(larger.repo.path(HERE)), "affected", "--base", "HEAD"])
    assert f"left out: 2 changed paths outside {HERE} that nothing in it names" in capsys.readouterr().err
    main(["-C", str(larger.repo.path(HERE)), "graph", "--json"])
    graph = json.loads(capsys.readouterr().out)
    assert [plugin["path"] for plugin in graph["plugins"]] == ["plugins/a", "plugins/b", "plugins/c"]


def test_a_workspace_is_the_nearest_folder_that_configures_tiers(
    larger: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    table = '\n[tool.commonhold]\ntimeout = "30m"\n'
    larger.commit({f"{A}/pyproject.toml": project("a") + table})
    larger.write({f"{B}/new.txt": "", "web/app.ts": "new"})
    for folder in (HERE, f"{HERE}/plugins", A, f"{A}/tests"):
        assert _names(_ask(larger, "--base", "HEAD", folder=folder, capsys=capsys)) == "b"
    # Neither libs nor git's root has a configuration.
    assert main(["-C", str(larger.repo.path("libs")), "affected"]) == 2
    message = capsys.readouterr().err
    assert "there is neither a pyproject.toml nor a commonhold.toml in libs" in message
    assert '[tool.commonhold.tiers.plugins]\n  path = ["one", "two"]' in message
    larger.write({"pyproject.toml": "[tool.commonhold]\n"})
    assert main(["-C", str(larger.repo.path("libs")), "affected"]) == 2
    assert "tool.commonhold.tiers: no tiers are configured" in capsys.readouterr().err
    # A configuration at git's root is used from there, and not in a folder that has its own.
    larger.write({"pyproject.toml": '[tool.commonhold.tiers.all]\npath = ["libs/*"]\n'})
    assert "workspace" not in _ask(larger, "--base", "HEAD", folder="web", capsys=capsys)
    assert _names(_ask(larger, "--base", "HEAD", folder=HERE, capsys=capsys)) == "b"


def test_a_file_passed_to_config_makes_the_given_folder_the_workspace(
    larger: Monorepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[tool.commonhold.tiers.all]\npath = ["*"]\n')
    larger.write({"libs/one/new.txt": "", "web/app.ts": "new"})
    words = ["-C", str(larger.repo.path("libs")), "--config", str(rules), "affected", "--base", "HEAD", "--json"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert (_names(found), found["workspace"]) == ("one", {"path": "libs", "left_out": 1})


def test_a_configuration_that_moved_into_the_folder_is_a_change_of_the_rules(
    larger: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = larger.repo
    repo.git("mv", f"{HERE}/pyproject.toml", "pyproject.toml")
    repo.commit()
    repo.git("mv", "pyproject.toml", f"{HERE}/pyproject.toml")
    found = _ask(larger, "--base", "HEAD", capsys=capsys)
    assert (_names(found), found["workspace"]["left_out"]) == ("abc", 1)
    assert found["because"] == "every plugin is affected: the configuration in pyproject.toml changed"


def test_the_lock_file_in_the_workspace_is_compared_by_package(
    larger: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = "version = 1\n" + "".join(f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in ("a", "b"))
    larger.commit({f"{HERE}/uv.lock": lock, "uv.lock": lock})
    larger.write({f"{HERE}/uv.lock": lock[:-3] + '2"\n', "uv.lock": ""})
    found = _ask(larger, "--base", "HEAD", capsys=capsys)
    assert (_names(found), found["workspace"]["left_out"]) == ("b", 1)


def test_a_lock_file_between_the_workspace_and_its_plugins_is_compared_by_package(
    larger: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    config = CONFIG.replace("plugins/*", f"{HERE}/plugins/*").replace("[tool.c", '[project]\nname="x"\n[tool.c', 1)
    larger.commit({"pyproject.toml": config, f"{HERE}/pyproject.toml": None})
    lock = "version = 1\n" + "".join(f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in ("a", "b"))
    larger.commit({f"{HERE}/uv.lock": lock, "uv.lock": lock, "web/uv.lock": lock, f"{A}/uv.lock": lock})
    larger.write({f"{HERE}/uv.lock": lock[:-3] + '2"\n'})
    assert _names(_ask(larger, "--base", "HEAD", folder=".", capsys=capsys)) == "b"
    larger.write({f"{HERE}/uv.lock": lock, "uv.lock": lock[:-3] + '2"\n'})
    assert _names(_ask(larger, "--base", "HEAD", folder=".", capsys=capsys)) == "b"
    larger.write({"uv.lock": lock, f"{HERE}/uv.lock": "no lock"})
    assert _names(_ask(larger, "--base", "HEAD", folder=".", capsys=capsys)) == "abc"
    larger.write({f"{HERE}/uv.lock": lock, f"{A}/uv.lock": ""})
    assert _names(_ask(larger, "--base", "HEAD", folder=".", capsys=capsys)) == "ac"
    larger.write({f"{A}/uv.lock": lock, "web/uv.lock": ""})
    assert _names(_ask(larger, "--base", "HEAD", folder=".", capsys=capsys)) == "abc"


@pytest.mark.parametrize("state", ["unstaged", "staged", "committed", "untracked", "moved in", "moved out", "ignored"])
def test_the_state_of_a_path_does_not_matter(larger: Monorepo, state: str, capsys: pytest.CaptureFixture[str]) -> None:
    repo = larger.repo
    larger.commit({f"{A}/data": Link("../../../../shared/x"), f"{B}/y": "1\n2\n3\n", ".gitignore": "*.log\n"})
    base, options, expected = repo.head, [], ("ac", 0)
    if state == "moved in":  # two changed paths: nothing names the old one
        repo.git("mv", "shared/deep/y", f"{B}/y2")
        expected = ("b", 1)
    elif state == "moved out":
        repo.git("mv", f"{B}/y", "web/y")
        expected = ("b", 1)
    elif state == "untracked":
        larger.write({"shared/x": None, "shared/new": "", "web/new": ""})
        expected = ("ac", 2)
    elif state == "ignored":
        larger.write({"shared/a.log": "", f"{B}/a.log": ""})
        expected = ("", 0)
    else:
        larger.write({"shared/x": "new"})
        if state != "unstaged":
            repo.git("add", "-A")
        if state == "committed":
            options = ["--head", repo.commit()]
    found = _ask(larger, "--base", base, "--exact", *options, capsys=capsys)
    assert (_names(found), found["workspace"]["left_out"]) == expected


def test_a_submodule_outside_counts_if_a_path_in_it_is_named(
    larger: Monorepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Repo.of(tmp_path / "other", {"data/x": "1"})
    for name in ("used", "other"):
        larger.repo.git("submodule", "--quiet", "add", str(tmp_path / "other"), name)
    larger.commit({f"{HERE}/pyproject.toml": f'{CONFIG}reads = ["/used/data/*"]\n'})
    larger.write({"other/data/x": "2"})
    found = _ask(larger, "--base", "HEAD", capsys=capsys)
    assert (_names(found), found["workspace"]["left_out"]) == ("", 1)
    larger.write({"used/data/x": "2"})
    assert _names(_ask(larger, "--base", "HEAD", capsys=capsys)) == "abc"


@pytest.mark.parametrize("options", [("--depth=2",), ("--filter=blob:none",), ("--filter=tree:0",), ("--sparse",)])
def test_clones_of_the_larger_repository(
    larger: Monorepo, tmp_path: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    larger.commit({f"{A}/data": Link("../../../../shared/x")})
    base = larger.repo.head
    larger.commit({"shared/x": "new", "web/app.ts": "new", f"{B}/pyproject.toml": project("b", ("x",))})
    clone = Monorepo(larger.repo.clone(tmp_path / "clone", *options))
    if "--sparse" in options:
        clone.repo.git("sparse-checkout", "set", HERE)
    for head in ([], ["--head", "HEAD"]):
        found = _ask(clone, "--base", base, "--exact", *head, capsys=capsys)
        assert (_names(found), found["workspace"]["left_out"]) == ("abc", 1)


def test_files_on_disk_are_the_workspace_if_git_fails_in_ci(
    larger: Monorepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    larger.repo.path(".git/HEAD").unlink()
    assert _names(_ask(larger, capsys=capsys)) == "abc"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("/", "'/' names no path; write '/**' for everything in this folder"),
        ("../../../x", "'../../../x' points outside the repository"),
        ("../../shared/../x", "points outside the workspace"),
        ("../../shared/{a,b}", "'../../shared/a', '../../shared/b'"),
        ("/shared/**.md", "write '/shared/**/*.md'"),
    ],
)
def test_patterns_of_paths_outside_are_checked(
    larger: Monorepo, pattern: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    larger.write({f"{HERE}/pyproject.toml": f'{CONFIG}reads = ["{pattern}"]\n'})
    assert main(["-C", str(larger.repo.path(HERE)), "affected"]) == 2
    assert message in capsys.readouterr().err


def test_a_tier_has_no_folders_outside_the_workspace(larger: Monorepo, capsys: pytest.CaptureFixture[str]) -> None:
    larger.write({f"{HERE}/pyproject.toml": '[tool.commonhold.tiers.all]\npath = ["/libs/*"]\n'})
    assert main(["-C", str(larger.repo.path(HERE)), "affected"]) == 2
    assert "'/libs/*' points outside the workspace; patterns are relative to its root" in capsys.readouterr().err


def test_a_folder_with_wildcards_in_its_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = Repo.of(tmp_path, {"[x]/pyproject.toml": CONFIG, "[x]/plugins/a/setup.cfg": "[metadata]\nname = a\n"})
    assert main(["-C", os.fspath(repo.path("[x]")), "affected"]) == 2
    assert "the folder [x] has a name with wildcards or braces" in capsys.readouterr().err


def test_audit_suggests_patterns_relative_to_the_workspace(
    larger: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    larger.commit({f"{HERE}/ci/run.sh": "", "web/app.ts": "new"})
    larger.commit({"web/app.ts": "newer", "libs/one/new": ""})
    assert main(["-C", str(larger.repo.path(HERE)), "audit", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [commit["selection"] for commit in found["commits"]] == ["none", "all"]
    (cause,) = found["causes"]
    assert cause["pattern"] == "ci/**"
    assert cause["saves"] == 3


def test_a_plan_reports_the_paths_that_are_left_out(
    larger: Monorepo, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    larger.write({"web/app.ts": "new", f"{B}/new.txt": ""})
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    words = ["-C", str(larger.repo.path(HERE)), "plan", "--base", "HEAD"]
    assert main([*words, "--json", "--github"]) == 0
    assert json.loads(capsys.readouterr().out)["workspace"] == {"path": HERE, "left_out": 1}
    assert "\nLeft out: 1 changed path outside " in (tmp_path / "summary").read_text()
    assert main(words) == 0
    assert f"left out: 1 changed path outside {HERE}" in capsys.readouterr().err
