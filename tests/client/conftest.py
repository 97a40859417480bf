"""A plugin index on a server, and the client's command line in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from commonhold_plugins import Host
from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import run_group
from tests.support.plugin_indexes import PluginIndex, plugin_entry
from tests.support.plugin_sites import Site, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CORE = "acme-core"


@dataclass
class Ended:
    """The result of a command line."""

    code: int
    out: str
    err: str


@pytest.fixture
def index(tmp_path: Path) -> PluginIndex:
    """A plugin index with plugins in both tiers."""
    spark = plugin_entry("acme-spark", "1.16.3", "1.16.2", category="Data", keywords=["hadoop"])
    plugins = {
        ("1.16", "official"): [spark, plugin_entry("acme-csv", "1.16.1")],
        ("1.16", "community"): [plugin_entry("acme-contrib-vaex", "1.16.2")],
    }
    return PluginIndex(tmp_path / "site", plugins=plugins).write()


@pytest.fixture
def site(index: PluginIndex) -> Iterator[Site]:
    with site_of(index.folder) as site:
        yield site


@pytest.fixture
def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Install a version of the core into this process's environment; 1.16.3 at first."""
    folder = tmp_path / "packages"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)

    def install(version: str) -> None:
        for old in folder.glob("*"):
            old.rename(old.with_suffix(".gone"))
        (folder / f"acme_core-{version}.dist-info").mkdir(parents=True)

    install("1.16.3")
    return install


@pytest.fixture
def run(site: Site, core: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run a command line for the host of ``site``."""

    def run(*words: str, root: str = site.base) -> Ended:
        code = run_group(plugins_group(Host(CORE, root)), words, name="plugins")
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run
