"""Which core and plugin index a command works with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import run_group
from tests.client.conftest import Ended
from tests.support.plugin_indexes import PluginIndex, plugin_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.plugin_sites import Site


@pytest.fixture
def alone(core: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run the command line that no other command line contains."""

    def run(*words: str) -> Ended:
        code = run_group(plugins_group(), words, name="commonhold-plugins")
        return Ended(code, *capsys.readouterr())

    return run


def install_host(folder: Path, name: str, root: str, *, code: str | None = None) -> None:
    """Install a core whose entry point names its plugin index."""
    module = f"host_{abs(hash((folder, name)))}"  # Python imports a name only once
    text = code or f"from commonhold_plugins import Host\nHOST = Host({name!r}, {root!r})\n"
    (folder / f"{module}.py").write_text(text)
    metadata = folder / f"{name.replace('-', '_')}-1.16.3.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "entry_points.txt").write_text(
        f"[console_scripts]\nx = y:z\n\n[commonhold_plugins.host]\nhost = {module}:HOST\n"
    )


def test_without_a_host_the_command_that_sets_one_is_shown(alone: Callable[..., Ended]) -> None:
    ended = alone("search")
    assert ended.code == 2
    assert "commonhold-plugins use URL" in ended.err


def test_a_root_says_which_core_its_plugins_extend(alone: Callable[..., Ended], site: Site) -> None:
    assert "spark" in alone("--root", site.base, "search").out
    site.requests.clear()
    assert "spark" in alone("search", "--root", site.base, "--offline").out
    assert site.requests == []


def test_a_folder_is_a_root_as_well(alone: Callable[..., Ended], index: PluginIndex) -> None:
    assert "spark" in alone("search", "--root", str(index.folder)).out
    for root in ("./missing", "ftp://x.example/", "https://user:secret@x.example/", "http://x.example/", "--json"):
        ended = alone("search", f"--root={root}")
        assert (ended.code, "secret" in ended.err) == (2, False)


def test_use_sets_the_host_for_later_commands(alone: Callable[..., Ended], site: Site) -> None:
    ended = alone("use", site.base)
    assert (ended.code, "plugins of acme-core" in ended.err) == (0, True)
    assert "spark" in alone("search").out
    assert alone("use", f"{site.base}missing/").code == 4
    assert "spark" in alone("search").out
    assert json.loads(alone("--host", "acme_core", "search", "--json").out)["core"] == "acme-core"


def test_an_installed_core_names_its_plugin_index(alone: Callable[..., Ended], site: Site, tmp_path: Path) -> None:
    install_host(tmp_path / "packages", "acme-core", site.base)
    assert "spark" in alone("search").out


def test_two_hosts_need_the_option_host(alone: Callable[..., Ended], site: Site, tmp_path: Path) -> None:
    other = PluginIndex(tmp_path / "other", core="other-core")
    other.plugins["1.16", "official"] = [plugin_entry("acme-other", "1.16.1")]
    install_host(tmp_path / "packages", "acme-core", site.base)
    install_host(
        tmp_path / "packages", "other-core", other.write().folder.as_uri().replace("file:///", "https://x.example/")
    )
    ended = alone("search")
    assert (ended.code, "acme-core, other-core" in ended.err) == (2, True)
    assert "spark" in alone("search", "--host", "acme-core").out
    assert alone("search", "--host", "third").code == 2
    assert alone("use", str(other.folder)).code == 0  # the user's choice for the same core comes first
    assert "other" in alone("--host", "other-core", "search").out


@pytest.mark.parametrize(
    "code", ["1 / 0", "HOST = 1", "HOST = type('Host', (), {'core': '../x', 'root': 'y'})", "import missing"]
)
def test_a_broken_entry_point_is_an_error(code: str, alone: Callable[..., Ended], tmp_path: Path) -> None:
    install_host(tmp_path / "packages", f"broken{abs(hash(code))}", "", code=code)
    ended = alone("search")
    assert (ended.code, "commonhold_plugins.host" in ended.err) == (2, True)


def test_an_environment_without_the_core_shows_the_command_that_installs_it(
    alone: Callable[..., Ended], site: Site, tmp_path: Path
) -> None:
    (tmp_path / "packages" / "acme_core-1.16.3.dist-info").rename(tmp_path / "packages" / "gone")
    for words in (("search",), ("show", "spark"), ("update",)):
        ended = alone("--root", site.base, *words)
        assert (ended.code, "acme-core is not installed" in ended.err) == (1, True)
        assert re.search(r"Install it first: .*pip install .*acme-core\n", ended.err)
    assert "spark" in alone("--root", site.base, "search", "--series", "1.16").out


def test_another_environment_is_the_target(
    alone: Callable[..., Ended], site: Site, index: PluginIndex, tmp_path: Path
) -> None:
    index.series["1.17"] = "open"
    index.plugins["1.17", "official"] = [plugin_entry("acme-newer", "1.17.1")]
    index.write()
    prefix = tmp_path / "venv"
    (prefix / "lib/python3.12/site-packages/acme_core-1.17.0.dist-info").mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "bin/python").touch()
    for python in (prefix, prefix / "bin/python"):
        assert "newer" in alone("--root", site.base, "search", "--python", str(python)).out


def test_the_module_and_the_script_run(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "commonhold_plugins", "--version"], capture_output=True, text=True, check=True
    )
    assert ended.stdout.startswith("commonhold-plugins ")


def test_a_wrong_command_suggests_a_right_one(alone: Callable[..., Ended]) -> None:
    ended = alone("searc")
    assert (ended.code, "search" in ended.err) == (2, True)
    assert alone("index", "ad").code == 2


def test_the_core_of_another_environment_names_its_plugin_index(
    alone: Callable[..., Ended], site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tmp_path / "venv"
    packages = prefix / f"lib/python3.{sys.version_info.minor}/site-packages"
    packages.mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "bin/python").symlink_to(sys.executable)
    (prefix / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix) / 'bin'}\n")
    code = f"print('imported')\nclass HOST: core, root = 'acme-core', {site.base!r}\n"
    install_host(packages, "acme-core", "", code=code)
    monkeypatch.setenv("VIRTUAL_ENV", str(prefix))
    assert "spark" in alone("search").out
    (kept,) = Path(os.environ["XDG_CACHE_HOME"]).rglob("hosts/*.json")
    kept.write_text("5")  # damaged
    assert "spark" in alone("search").out
    (prefix / "bin/python").unlink()
    (prefix / "bin/python").touch()
    assert "spark" in alone("search").out  # the host is known, so its Python does not run again
    install_host(packages, "other-core", "", code="1 / 0")
    ended = alone("search")
    assert (ended.code, "cannot be loaded" in ended.err, "use URL" in ended.err) == (2, True, True)


def test_a_folder_that_cannot_be_written_is_named(
    alone: Callable[..., Ended], site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COMMONHOLD_PLUGINS_HOME", str(tmp_path / "file"))
    ended = alone("--root", site.base, "search")
    assert (ended.code, str(tmp_path / "file") in ended.err) == (4, True)
