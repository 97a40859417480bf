"""An author's plugin index and its mirror: plugins are installed from the mirror, without any other host."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.catalog.from_index.download_cache import DownloadCache
from commonhold.catalog.mirror.mirror_run import mirror_catalog
from commonhold.catalog.mirror.origin import open_origin
from commonhold.catalog.own_index.own_build import BuildTools, build_own_index
from commonhold.catalog.own_index.source_list import OwnIndex, OwnPlugin
from commonhold.index.addresses import Address
from commonhold.index.client import IndexClient
from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import run_group
from commonhold_plugins.config import read_configuration
from commonhold_plugins.environments.target import read_environment
from tests.client.installing.community import CORE, CORE_VERSION, Community, make_environment
from tests.support.package_index import unavailable
from tests.support.plugin_sites import site_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_plugin_is_installed_from_a_mirror(
    community: Community, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    community.index.add("demo-spark", "1.16.5", f"{CORE}>=1.16")
    wanted = OwnIndex(community="Demo", core=CORE, plugins=[OwnPlugin(project="demo-spark", short="spark")])
    client = IndexClient(Address(community.index.simple, community.index.simple))
    tools = BuildTools(client, DownloadCache(None), os.environ, "2026-12-01T00:00:00Z")
    build_own_index(str(tmp_path / "site"), wanted, str(tmp_path / "mine.toml"), tools)
    with site_of(tmp_path / "site") as site:
        mirror_catalog(open_origin(site.base), str(tmp_path / "mirror"))
    file = "demo_spark-1.16.5-py3-none-any.whl"
    community.index.faults[file] = unavailable
    community.index.requests.clear()
    python = make_environment(tmp_path / "env")
    root = (tmp_path / "mirror").as_uri() + "/"

    def run(*words: str) -> int:
        code = run_group(plugins_group(), words, name="commonhold-plugins")
        print(capsys.readouterr())  # noqa: T201 - pytest shows it if the test fails
        return code

    assert run("use", root) == 0
    host = community.index.base.removeprefix("http://")
    assert read_configuration().hosts[root].mirrors == {host: f"{root}files/{host.replace(':', '_')}/"}
    assert run("install", "spark", "--yes", "--python", python) == 0
    assert dict(read_environment(python).versions) == {CORE: CORE_VERSION, "demo-spark": "1.16.5"}
    assert not any(file in path for path in community.index.requests)
