"""Embed the plugin commands in pyflyte, with flytekit from the package index.

flytekit has many requirements, so these tests are not part of the usual ones; `nox -s pyflyte` runs them.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import invalidate_caches
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonhold.catalog.catalog_folder import Catalog, write_catalog
from commonhold.catalog.documents import (
    CatalogFile,
    CatalogPlugin,
    CatalogRelease,
    CatalogSeries,
    CatalogTier,
    CoreRange,
    RootDocument,
    SeriesRule,
    StatusDocument,
    TierDocument,
)
from tests.support.servers import serving
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "pyflyte"
COMMAND = "flytekit/clis/sdk_in_container/pyflyte.py"
PLUGIN = "flytekitplugins-demo"
NOW = "2026-11-30T10:00:00Z"
USUAL = ("register", "run", "serialize")


def pyflyte(script: Path | None, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the installed pyflyte, or another file in its place, with a further folder of distributions."""
    command = [str(script)] if script else ["-m", "flytekit.clis.sdk_in_container.pyflyte"]
    env = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONPATH": str(path or "")}
    return subprocess.run(
        [sys.executable, *command, *words], env=env, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of flytekit's file with the three lines."""
    package = importlib.util.find_spec("flytekit")
    assert package is not None
    assert package.origin is not None
    root = tmp_path_factory.mktemp("flytekit")
    target = root / COMMAND
    target.parent.mkdir(parents=True)
    shutil.copy(Path(package.origin).parents[1] / COMMAND, target)
    before = target.read_text()
    argv = ["git", "apply", "--unidiff-zero", "-C1", str(EXAMPLE / "pyflyte.patch")]
    subprocess.run(argv, cwd=root, check=True, env={**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)})
    added = [line for line in target.read_text().splitlines() if line not in before.splitlines()]
    assert len(added) == 3
    return target


@pytest.fixture(scope="module")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small distribution, installed next to flytekit and not into it."""
    folder = tmp_path_factory.mktemp("distribution")
    # A copy, because a build writes into the folder that it builds.
    copy = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "pyflyte")
    argv = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(copy)]
    subprocess.run(argv, check=True)
    return folder


@pytest.mark.parametrize("way", ["patched", "distribution"])
def test_pyflyte_has_the_group_next_to_its_own_commands(way: str, request: pytest.FixtureRequest) -> None:
    found: Path = request.getfixturevalue(way)
    script, path = (found, None) if way == "patched" else (None, found)
    top = pyflyte(script, "--help", path=path)
    assert top.returncode == 0, top.stderr
    for name in (*USUAL, "plugins"):
        assert f" {name} " in top.stdout
    group = pyflyte(script, "plugins", "--help", path=path)
    assert (group.returncode, "Find, install and upgrade plugins" in group.stdout) == (0, True), group.stderr
    unknown = pyflyte(script, "plugins", "installer", path=path)
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (2, False)


def test_pyflyte_passes_on_exit_codes_and_hints(distribution: Path) -> None:
    nowhere = pyflyte(None, "plugins", "search", "--root", "http://127.0.0.1:9/", path=distribution)
    assert (nowhere.returncode, "no connection to the server" in " ".join(nowhere.stderr.split())) == (4, True)
    insecure = pyflyte(None, "plugins", "search", "--root", "http://example.org/", path=distribution)
    assert (insecure.returncode, "https" in insecure.stderr) == (2, True)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a plugin index that lists one plugin for the installed flytekit, with its wheel."""
    folder = tmp_path_factory.mktemp("catalogue")
    name, wheel = make_wheel(PLUGIN, "1.0", "Requires-Dist: flytekit")
    (folder / name).write_bytes(wheel)
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        write_catalog(str(folder), catalog_with(f"{url}{name}", wheel))
        yield url


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves the files of a folder, and logs nothing."""

    def log_message(self, *words: object) -> None:
        """Print nothing."""


def catalog_with(url: str, wheel: bytes) -> Catalog:
    series = ".".join(version("flytekit").split(".")[:2])
    file = CatalogFile(url=url, size=len(wheel), sha256=sha256(wheel).hexdigest())
    core = CoreRange(distribution="flytekit", range=">=1")
    release = CatalogRelease(version="1.0", core=core, requires=["flytekit"], released=NOW, files=[file])
    plugin = CatalogPlugin(name=PLUGIN, short="demo", page=f"plugins/{PLUGIN}/", releases=[release])
    tier = TierDocument(
        community="Flyte", core="flytekit", series=series, tier="official", generated=NOW, plugins=[plugin]
    )
    root = RootDocument(
        community="Flyte",
        generated=NOW,
        core=SeriesRule(distribution="flytekit"),
        series=[CatalogSeries(name=series, state="open")],
        tiers=[CatalogTier(name="official", default=True)],
        documents={},
    )
    return Catalog(root, StatusDocument(generated=NOW, plugins={}), {(series, "official"): tier})


def test_pyflyte_installs_and_removes_a_plugin_without_changing_flytekit(
    distribution: Path, root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONHOLD_PLUGINS_HOME", str(tmp_path))
    before = version("flytekit")
    for words, shown in [
        (("search", "demo"), "demo"),
        (("install", "demo", "--yes"), f"flytekit {before} is unchanged"),
        (("list",), "1.0"),
        (("remove", "demo", "--yes"), "demo"),
    ]:
        done = pyflyte(None, "plugins", words[0], "--root", root, *words[1:], path=distribution)
        assert (done.returncode, shown in done.stdout + done.stderr) == (0, True), done.stdout + done.stderr
    invalidate_caches()
    with pytest.raises(PackageNotFoundError):
        version(PLUGIN)
    assert version("flytekit") == before


def test_commonhold_plugins_leaves_the_one_extension_point_free(distribution: Path) -> None:
    assert not entry_points(group="flytekit.configuration.plugin")
    assert "plugins" not in pyflyte(None, "--help").stdout
    twice = distribution / "other-1.dist-info"
    twice.mkdir()
    (twice / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (twice / "entry_points.txt").write_text("[flytekit.configuration.plugin]\nother = other:Plugin\n")
    refused = pyflyte(None, "--help", path=distribution)
    shutil.rmtree(twice)
    assert refused.returncode == 1
    assert "flytekit only supports one installed plugin at a time" in " ".join(refused.stderr.split())
