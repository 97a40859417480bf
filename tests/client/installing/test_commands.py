"""The commands that change an environment, from the plugin index on a server to the packages in the environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from commonhold_plugins import Host
from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import run_group
from commonhold_plugins.environments.target import read_environment
from commonhold_plugins.plan.model import decode_plan
from tests.client.installing.community import CORE, CORE_VERSION, Community, make_environment
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


def test_plugins_are_installed_listed_upgraded_and_removed(user: User) -> None:
    assert user.run("install", "spark", "--dry-run", "--json") == 0
    plan = decode_plan(json.loads(user.out))
    assert {each.name: each.new for each in plan.changes} == {"demo-base": "1.16.5", "demo-spark": "1.16.5"}
    assert user.versions() == {CORE: CORE_VERSION}

    assert user.run("install", "spark") == 0
    assert "import demo_spark" in user.out
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
