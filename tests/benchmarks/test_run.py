"""The bench runs from end to end on its smallest corpus, without network and peers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.peers import PEERS, Unavailable, install
from benchmarks.run import main
from benchmarks.table import BEGIN, END, GIT, PYTHON

if TYPE_CHECKING:
    from pathlib import Path


def test_a_quick_run_writes_the_page_and_every_sample(tmp_path: Path) -> None:
    page, samples = tmp_path / "page.md", tmp_path / "out" / "samples.json"
    page.write_text(f"# Title\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    written = ["--page", str(page), "--json", str(samples), "--cache", str(tmp_path / "cache")]
    assert main(["--quick", "--without-commonhold", *written]) == 0
    assert "### Generated, 20 plugins" in page.read_text(encoding="utf-8")
    (repository,) = json.loads(samples.read_text(encoding="utf-8"))["repositories"]
    assert {command["label"]: len(command["milliseconds"]) for command in repository["commands"]} == {
        GIT: 2,
        PYTHON: 2,
    }


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.registry == "npm"], ids=lambda peer: peer.name)
def test_a_peer_without_its_package_manager_is_unavailable(
    peer: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="node and npm are not installed"):
        install(peer, tmp_path / "cache")  # type: ignore[arg-type]
