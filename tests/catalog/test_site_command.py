"""``commonhold catalog site``: the pages that are made from the repository, and mistakes in arguments."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from commonhold.catalog.catalog_folder import write_catalog
from commonhold.cli.__main__ import main
from tests.catalog.built_sites import LOGO, SPARK, read_page, two_plugins
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[tool.commonhold]
core = { distribution = "flytekit" }

[tool.commonhold.tiers.official]
path = ["plugins/official/*"]
distribution = "flytekitplugins-{name}"
approvals = "core"

[tool.commonhold.tiers.community]
path = ["plugins/community/*"]
on-core-change = "skip"
on-release-failure = "hold-back"
"""


@pytest.fixture(scope="module")
def mono(tmp_path_factory: pytest.TempPathFactory) -> Monorepo:
    root = tmp_path_factory.mktemp("mono") / "repository"
    made = Monorepo.of(
        root,
        plugin("plugins/official/flytekitplugins-spark")
        | {"CONTRIBUTING.md": "# How to *help*\n\nRead [this](GOVERNANCE.md).\n"},
        plugin("plugins/community/vaex"),
        config=CONFIG,
    )
    made.repo.git("remote", "add", "origin", "https://git.example/octo/plugins.git")
    write_catalog(str(root.parent / "documents"), two_plugins())
    return made


def site_of(mono: Monorepo, to: Path, *words: str) -> int:
    documents = mono.repo.root.parent / "documents"
    return main(["-C", str(mono.repo.root), "catalog", "site", str(documents), "--to", str(to), *words])


@pytest.fixture(scope="module")
def site(mono: Monorepo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    assert site_of(mono, folder) == 0
    return folder


def test_the_rules_of_each_tier_are_listed(site: Path) -> None:
    read = read_page(site, "join/")
    assert {"tier-official", "tier-community"} <= set(read.ids)
    for text in (
        *("Core maintainers approve every change.", "A maintainer of the plugin approves a change first"),
        *("A plugin that is not ready is held back", "CH101", "The distribution's name matches the tier's pattern"),
        *("flytekitplugins-{name}", "Names and layout"),
    ):
        assert text in read.words


def test_gaps_are_listed_as_work_with_the_file_and_the_fix(site: Path) -> None:
    read = read_page(site, "help-wanted/")
    assert SPARK in read.words
    assert "To fix it" in read.words
    assert any(
        address.startswith("https://git.example/octo/plugins/blob/HEAD/plugins/")
        for address in read.values("a", "href")
    )


def test_the_process_shows_the_version_of_each_document(site: Path, mono: Monorepo) -> None:
    commit = mono.repo.git("rev-parse", "HEAD").strip()
    listed = read_page(site, "process/")
    assert "How to help CONTRIBUTING.md Version of" in listed.words
    assert f"https://git.example/octo/plugins/blob/{commit}/CONTRIBUTING.md" in listed.values("a", "href")
    read = read_page(site, "process/contributing/")
    assert f"https://git.example/octo/plugins/blob/{commit}/GOVERNANCE.md" in read.values("a", "href")
    assert read.words.count("How to help") == 2  # the title and the heading


def test_pages_of_a_third_party_need_no_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_catalog(str(tmp_path / "documents"), two_plugins())
    words = ["catalog", "site", str(tmp_path / "documents"), "--to", str(tmp_path / "site")]
    assert main(["-C", str(tmp_path), *words]) == 4
    assert "is not in a git repository" in capsys.readouterr().err
    assert main(["-C", str(tmp_path), *words, "--documents-only"]) == 0
    assert "2 plugins: " in capsys.readouterr().err
    assert not (tmp_path / "site/join").exists()


def test_the_communitys_own_style_and_logo(mono: Monorepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "colours.css").write_text(":root { --accent: #123456; }\n")
    (tmp_path / "logo.svg").write_bytes(LOGO)
    words = ("--documents-only", "--style", str(tmp_path / "colours.css"))
    assert site_of(mono, tmp_path / "site", *words, "--logo", str(tmp_path / "logo.svg")) == 0
    read = read_page(tmp_path / "site", f"plugins/{SPARK}/")
    assert "../../assets/logo.svg" in read.values("img", "src")
    assert [each.partition("?")[0] for each in read.values("link", "href")][1:3] == [
        "../../assets/site.css",
        "../../assets/style.css",
    ]
    (tmp_path / "logo.svg").write_text("<svg/>")
    capsys.readouterr()
    assert site_of(mono, tmp_path / "site", *words, "--logo", str(tmp_path / "logo.svg")) == 2
    assert "cannot be a logo: its root is not an svg element" in capsys.readouterr().err
    assert site_of(mono, tmp_path / "site", "--style", str(tmp_path / "missing.css")) == 2
    assert "missing.css cannot be read" in capsys.readouterr().err


def test_serving_stops_on_ctrl_c(mono: Monorepo, tmp_path: Path) -> None:
    documents = mono.repo.root.parent / "documents"
    words = ["catalog", "site", str(documents), "--to", str(tmp_path), "--documents-only", "--serve", "0"]
    command = [sys.executable, "-m", "commonhold.cli", "-C", str(mono.repo.root), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        assert b"Flyte plugins" in urlopen(address, timeout=60).read()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
