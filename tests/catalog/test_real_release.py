"""The plugin index of a real release, made with the commands, and read by the client."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from commonhold.catalog.catalog_folder import read_catalog
from commonhold.cli.__main__ import main
from commonhold.release.model.journal_events import IndexSelected
from commonhold_plugins.documents import decode_root, decode_status, decode_tier
from tests.catalog.released_store import ServedIndex, Wheel, release

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.catalog.conftest import RealRelease
    from tests.support.repositories import Repo

CONFIGURATION = """\
[tool.commonhold]
core = { distribution = "acme" }
tiers.official = { path = ["official/*"] }
"""
PINT = "flytekitplugins-contrib-pint"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_plugin_index_of_a_real_release(
    real_release: RealRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    start = ["-C", str(real_release.repository), "catalog"]
    build = [*start, "build", "--to", str(tmp_path), "--store", str(real_release.store)]

    assert main([*build]) == 2
    assert "--untested" in capsys.readouterr().err
    assert main([*build, "--untested"]) == 0
    assert "+ index/v1/1.16/community.json: 1 plugin, 1 release" in capsys.readouterr().out
    before = contents(tmp_path)
    assert main([*build, "--untested"]) == 0
    assert contents(tmp_path) == before
    assert main([*start, "validate", str(tmp_path)]) == 0

    catalog = read_catalog(str(tmp_path))
    (pint,) = catalog.tiers["1.16", "community"].plugins
    assert [maintainer.login for maintainer in pint.maintainers] == ["octocat"]
    assert pint.source == "https://github.com/octo/plugins/tree/HEAD/plugins/community/flytekit-pint"
    for file in pint.releases[0].files:
        assert hashlib.sha256((real_release.packages / file.name).read_bytes()).hexdigest() == file.sha256
        assert file.url.startswith(real_release.server.base)

    root = decode_root(before["index/v1/index.json"], "index.json")
    assert (root.core, [tier.name for tier in root.tiers]) == ("flytekit", ["official", "community"])
    read = decode_tier(before["index/v1/1.16/community.json"], "community.json", "https://octo.github.io/plugins/")
    assert [plugin.name for plugin in read.plugins] == [PINT]
    decode_status(before["index/v1/status.json"], "status.json")


def test_status_and_nightly_entries_of_a_real_repository(
    real_release: RealRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    start = ["-C", str(real_release.repository), "catalog"]
    at = ["--to", str(tmp_path), "--at", "2026-12-24T00:00:00Z"]
    assert main([*start, "build", *at, "--store", str(real_release.store), "--untested"]) == 0
    assert main([*start, "nightly", *at]) == 0
    results = tmp_path / "results"
    results.mkdir()
    session = {"schema": 1, "session": f"{PINT}-3.10", "plugin": PINT, "python": "3.10", "outcome": "failed"}
    (results / f"{PINT}-3.10.json").write_text(json.dumps({**session, "seconds": 1.0, "core": "1.17.0b1"}))
    status = ["status", *at, "--results", str(results), "--simple", real_release.server.address.simple]
    assert main([*start, *status]) == 0
    capsys.readouterr()
    assert main([*start, *status]) == 0
    assert "no change" in capsys.readouterr().err
    catalog = read_catalog(str(tmp_path))
    (tested,) = catalog.status.plugins[PINT].compatibility
    assert (tested.series, tested.core, tested.version, tested.result) == ("1.17", "1.17.0b1", "1.16.30", "failed")
    entries = {plugin.name: plugin for plugin in catalog.tiers["nightly", "community"].plugins}
    git = entries[PINT].releases[0].git or ""
    assert git.startswith("git+https://github.com/octo/plugins@")
    assert git.endswith("#subdirectory=plugins/community/flytekit-pint")
    decode_tier((tmp_path / "index/v1/nightly/community.json").read_bytes(), "community.json", "https://o.example/")


def test_an_index_that_only_the_journal_names_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], repo: Repo
):
    repo.commit({"pyproject.toml": CONFIGURATION})
    store = release(tmp_path, ServedIndex(), Wheel())
    store.journal.append(IndexSelected(index="https://other.example/upload/", simple="https://other.example/simple/"))
    words = ["-C", str(repo.root), "catalog", "build", "--to", str(tmp_path / "new"), "--store", store.folder]
    assert main([*words, "--untested"]) == 2
    assert "add --simple https://other.example/simple/" in capsys.readouterr().err


def test_nothing_is_written_after_somebody_replaced_a_file(
    real_release: RealRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (wheel,) = real_release.packages.glob("flytekitplugins_contrib_pint-*.whl")
    good = wheel.read_bytes()
    try:
        wheel.write_bytes(good + b"x")
        words = ["-C", str(real_release.repository), "catalog", "build", "--to", str(tmp_path / "new")]
        assert main([*words, "--store", str(real_release.store), "--untested"]) == 1
    finally:
        wheel.write_bytes(good)
    assert "serves a different flytekitplugins_contrib_pint" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
