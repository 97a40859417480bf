"""The commands that change an environment, from the plugin index on a server to the packages in the environment."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from commonhold_plugins import Host
from commonhold_plugins.catalog import CatalogEntry
from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import run_group
from commonhold_plugins.cli.next_steps import print_link
from commonhold_plugins.client import Client
from commonhold_plugins.environments.target import read_environment
from commonhold_plugins.errors import RefusedError
from commonhold_plugins.model import MovedTo, PluginStatus, ReleaseStatus
from commonhold_plugins.plan.model import decode_plan
from commonhold_plugins.state.receipts import PreviousVersion
from commonhold_plugins.state.store import StateStore
from tests.client.installing.community import CORE, CORE_VERSION, Community, make_environment, uv
from tests.support.package_index import package_index
from tests.support.plugin_sites import Site, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class User:
    """A user at a command line, with one environment."""

    community: Community
    site: Site
    python: str
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def run(self, *words: str) -> int:
        """Run a command; ``out`` and ``err`` are then what it printed."""
        self.community.write(self.site.folder)
        group = plugins_group(Host(CORE, self.site.base))
        code = run_group(group, [*words, "--python", self.python], name="plugins")
        self.out, self.err = self.capsys.readouterr()
        return code

    def versions(self) -> dict[str, str]:
        return {**read_environment(self.python).versions}


@pytest.fixture
def user(community: Community, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[User]:
    community.release("demo-base", "1.16.5")
    community.release("demo-spark", "1.16.5", "demo-base==1.16.5", import_names=("demo_spark",))
    folder = tmp_path / "site"
    folder.mkdir()
    with site_of(folder) as site:
        yield User(community, site, make_environment(tmp_path / "env"), capsys)


@pytest.fixture(scope="module")
def shared_environment(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment that no test changes."""
    with package_index() as index:
        index.add(CORE, CORE_VERSION)
        return make_environment(tmp_path_factory.mktemp("shared") / "env", index=index.simple)


@pytest.fixture
def empty(community: Community, shared_environment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A user without plugins."""
    community.release("demo-spark", "1.16.5")
    (tmp_path / "site").mkdir()
    with site_of(tmp_path / "site") as site:
        yield User(community, site, shared_environment, capsys)


def test_plugins_are_installed_listed_upgraded_and_removed(user: User) -> None:
    assert user.run("install", "spark", "--dry-run", "--json") == 0
    plan = decode_plan(json.loads(user.out))
    assert {each.name: each.new for each in plan.changes} == {"demo-base": "1.16.5", "demo-spark": "1.16.5"}
    assert user.versions() == {CORE: CORE_VERSION}

    assert user.run("install", "spark") == 0
    assert [line.split()[:3] for line in user.out.splitlines()[1:3]] == [
        ["install", "demo-base", "1.16.5"],
        ["install", "demo-spark", "1.16.5"],
    ], "a plugin is not taken for a dependency with its short name"
    assert "import demo_spark" in user.out
    assert user.run("install", "spark") == 0
    assert user.out == "Nothing to change: demo-spark 1.16.5 is installed already.\n"
    assert user.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5"}

    user.community.release("demo-base", "1.16.6")
    user.community.release("demo-spark", "1.16.6", "demo-base==1.16.6")
    assert user.run("update") == 0
    assert user.run("list", "--outdated", "--json") == 0
    assert [(each["short"], each["newest"]) for each in json.loads(user.out)["plugins"]] == [
        ("base", "1.16.6"),
        ("spark", "1.16.6"),
    ]

    assert user.run("hold", "spark") == 0
    assert user.run("upgrade", "--dry-run") == 1, "the new base does not fit the held spark"
    assert user.run("upgrade", "spark") == 0
    assert "held until you run `unhold spark`" in user.err
    assert user.run("unhold", "spark") == 0
    assert user.run("upgrade") == 0
    assert "https://demo.example/notes/1.16.6" in user.out
    assert user.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.6", "demo-spark": "1.16.6"}

    assert user.run("remove", "base", "--yes") == 1
    assert "required by spark" in user.err
    assert user.run("remove", "base", "spark", "--yes") == 0
    assert user.versions() == {CORE: CORE_VERSION}
    assert user.run("list", "--json") == 0
    assert json.loads(user.out)["plugins"] == []


def test_plugins_of_another_installer_are_upgraded_and_removed(user: User) -> None:
    words = ("pip", "install", "--python", user.python, "--default-index", user.community.index.simple)
    uv(*words, "demo-base==1.16.5", "demo-spark==1.16.5")
    user.community.release("demo-base", "1.16.6")
    user.community.release("demo-spark", "1.16.6", "demo-base==1.16.6")
    assert user.run("remove", "base", "--yes") == 1
    assert "required by spark" in user.err
    assert user.run("upgrade") == 0
    assert user.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.6", "demo-spark": "1.16.6"}
    assert user.run("remove", "spark", "--yes") == 0
    assert user.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.6"}


@pytest.mark.parametrize(
    ("links", "line"),
    [
        (
            {"quick_start": "import demo_spark", "documentation": "https://d.example/"},
            "Quick start: {page}#quick-start",
        ),
        ({"documentation": "https://d.example/"}, "Documentation: https://d.example/"),
        ({"homepage": "https://h.example/"}, "Page: {page}"),
        ({"page": None, "homepage": "https://h.example/"}, "Homepage: https://h.example/"),
    ],
)
def test_an_installation_ends_with_a_link(
    links: dict[str, Any], line: str, user: User, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = replace(user.community.plugins["official"]["demo-spark"], **{"page": "plugins/demo-spark/", **links})
    entry = CatalogEntry(
        "official", plugin, PluginStatus(), "https://p.example/", CORE, "1.16", official=True, foreign=False
    )
    print_link(entry)
    assert capsys.readouterr().out == f"  {line}\n".format(page="https://p.example/plugins/demo-spark/")


def test_a_failing_release_needs_consent(user: User) -> None:
    user.community.statuses["demo-base"] = PluginStatus(releases={"1.16.5": ReleaseStatus(failing="test_x failed")})
    assert user.run("install", "base") == 2
    assert "--yes" in user.err
    assert user.versions() == {CORE: CORE_VERSION}
    assert user.run("install", "base", "--yes") == 0


def test_a_retired_plugin_is_installed_with_a_warning(user: User) -> None:
    retired = PluginStatus("retired", "2026-11-01", "Nobody maintains it.", replacement="demo-spark", releases={})
    user.community.statuses["demo-base"] = retired
    assert user.run("install", "base", "--dry-run") == 0
    assert user.err.endswith("base is retired since 2026-11-01: Nobody maintains it.\n  Use demo-spark instead.\n")


def test_yes_alone_does_not_follow_a_move(user: User) -> None:
    user.community.release("demo-new", "2.0")
    assert user.run("install", "base") == 0
    user.community.statuses["demo-base"] = PluginStatus(moved_to=MovedTo("new", "A fork took over."), releases={})
    assert user.run("update") == 0
    assert user.run("upgrade", "--yes") == 0
    assert "demo-base" in user.versions()
    assert user.run("upgrade", "--yes", "--follow", "base") == 0
    assert user.versions() == {CORE: CORE_VERSION, "demo-new": "2.0"}


def test_partial_upgrades_exit_with_5(user: User) -> None:
    assert user.run("install", "spark") == 0
    user.community.release("demo-base", "1.16.6")
    assert user.run("update") == 0
    assert user.run("upgrade") == 1
    assert user.run("upgrade", "--partial") == 5
    assert "base" in user.err
    assert user.versions()["demo-base"] == "1.16.5"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("install", "nothing"), 1, "no plugin is named nothing"),
        (("install", "spark==9"), 1, "has no version 9"),
        (("install",), 2, "PLUGIN"),
        (("upgrade", "spark"), 1, "not installed"),
        (("remove", "spark"), 1, "not installed"),
        (("hold", "spark"), 1, "not installed"),
        (("audit", "--no-advisories"), 0, "No problem was found, but advisories were not checked."),
        (("sync",), 0, ""),
        (("export",), 0, "No plugin"),
        (("list",), 0, "No plugin"),
        (("sync", "nothing.txt"), 2, "nothing.txt"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_exit_codes(empty: User, words: tuple[str, ...], code: int, message: str) -> None:
    assert empty.run(*words) == code
    assert message in empty.err


def test_an_audit_says_whether_advisories_were_checked(empty: User) -> None:
    assert empty.run("audit", "--json") == 0  # no plugin is installed, so nothing is left to check
    assert json.loads(empty.out)["advisories_checked"] is True
    assert empty.run("audit", "--json", "--no-advisories") == 0
    assert json.loads(empty.out)["advisories_checked"] is False


def test_an_environment_without_the_core_is_refused(user: User) -> None:
    uv("pip", "uninstall", "--python", user.python, CORE)
    assert user.run("install", "spark") == 1
    assert f"uv pip install --python {user.python} {CORE}" in user.err
    assert user.run("install", "spark", "--python", "/nothing") in (1, 2)


def test_a_team_installs_the_same_plugins(user: User, tmp_path: Path) -> None:
    assert user.run("install", "spark") == 0
    assert user.run("export") == 0
    (tmp_path / "plugins.txt").write_text(user.out)
    other = replace(user, python=make_environment(tmp_path / "other"))
    assert other.run("sync", str(tmp_path / "plugins.txt")) == 0
    assert other.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5"}
    (tmp_path / "wrong.txt").write_text("demo-spark==1.16.5 --hash=sha256:" + "0" * 64)
    assert other.run("sync", str(tmp_path / "wrong.txt")) == 1
    assert "another hash" in other.err


def test_a_project_gets_the_plugin_in_its_lock_file(user: User, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    text = f'[project]\nname = "work"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["{CORE}"]\n'
    (folder / "pyproject.toml").write_text(text)
    uv("sync", "--directory", str(folder), "--python", sys.executable)
    inside = replace(user, python=str(folder / ".venv/bin/python"))
    assert inside.run("install", "spark") == 2
    assert "uv add demo-spark==1.16.5" in inside.err
    assert inside.run("install", "spark", "--yes") == 0
    assert '"demo-spark==1.16.5"' in (folder / "pyproject.toml").read_text()
    assert inside.run("audit", "--no-advisories") == 0
    assert inside.run("remove", "spark", "--yes") == 0
    assert "demo-spark" not in (folder / "pyproject.toml").read_text()
    assert inside.versions().keys() == {CORE}
    assert inside.run("install", "base", "--into-environment") == 0
    assert inside.versions().keys() == {CORE, "demo-base"}


def test_a_program_can_use_the_client(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user.community.write(user.site.folder)
    client = Client(Host(CORE, user.site.base), read_environment(user.python))
    assert client.show("spark").plugin.name == "demo-spark"
    assert [row.short for row in client.search(["spark"])] == ["spark"]
    client.apply(client.plan_install(["spark"]))
    assert [each.name for each in client.installed()] == ["demo-base", "demo-spark"]
    assert client.plan_sync().changes == ()
    assert client.audit() == []
    client.apply(client.plan_remove(["spark"]))
    assert [each.name for each in client.installed()] == ["demo-base"]


def test_the_next_command_repairs_a_change_that_was_killed(user: User) -> None:
    assert user.run("install", "base") == 0
    store = StateStore(CORE, read_environment(user.python).prefix)
    state = store.read()
    assert state is not None
    receipt = state.plugins["demo-base"]
    before = PreviousVersion(receipt.name, receipt.version, receipt.url, receipt.sha256)
    store.write(replace(state, unfinished=(before, PreviousVersion("demo-spark"))))
    uv("pip", "uninstall", "--python", user.python, "demo-base")
    assert user.run("sync", "--dry-run") == 0
    assert "was interrupted" in user.err
    assert "demo-base" not in user.versions()
    assert user.run("sync") == 0
    assert "previous versions are installed again" in user.err
    assert user.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5"}


def test_a_plan_is_not_applied_after_another_client_has_changed_the_environment(user: User) -> None:
    user.community.write(user.site.folder)
    first, second = (Client(Host(CORE, user.site.base), read_environment(user.python)) for _ in range(2))
    plan = second.plan_install(["base"])
    first.apply(first.plan_install(["base"]))
    with pytest.raises(RefusedError, match="has changed since the plan was made"):
        second.apply(plan)
    assert second.state.unfinished == ()
    assert second.plan_install(["base"]).changes == ()
