"""Shell completion, asked for as the functions that click defines in a shell ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from tests.support.monorepos import Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(Monorepo.of(tmp_path, plugin("official/acme-csv"), plugin("community/acme-maps")).repo.root)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("affected --explain acme-", ["acme-csv", "acme-maps"]),
        ("affected --explain Acme_M", ["acme-maps"]),
        ("release plan 1.0 --only acme-c", ["acme-csv"]),
        ("release stage --only acme-m", ["acme-maps"]),
        ("affected --expl", ["--explain"]),
        ("affe", ["affected"]),
    ],
)
def test_names_of_plugins_options_and_commands_are_completed(
    words: str, expected: list[str], folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complete(f"commonhold -C {folder} {words}", monkeypatch) == 0
    assert capsys.readouterr() == ("".join(f"plain,{word}\n" for word in expected), "")


def test_without_a_repository_nothing_is_completed_and_nothing_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complete(f"commonhold -C {tmp_path}/absent affected --explain a", monkeypatch) == 0
    assert "".join(capsys.readouterr()).strip() == ""


def complete(line: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("_COMMONHOLD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    return main([])
