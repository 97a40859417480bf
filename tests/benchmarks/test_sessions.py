"""The bench of a first and a second run: it writes a repository, runs each command and writes the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import sessions
from benchmarks.sessions import BEGIN, END, ROWS, Monorepo, main, render
from commonhold.ci.monorepo import open_monorepo

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_each_round_edits_the_plugins_and_measures_each_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[tuple[str, ...]] = []
    texts: list[str] = []

    def run(monorepo: Monorepo, *command: str, folder: str = ".") -> None:
        commands.append(command)
        texts.append((monorepo.folder / "plugins/p0/src/acme_p0/__init__.py").read_text())
        (monorepo.folder / ".nox").mkdir(exist_ok=True)

    monkeypatch.setattr(sessions.Monorepo, "run", run)
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    assert main(["--plugins", "2", "--rounds", "1", "--cache", str(tmp_path), "--page", str(page)]) == 0
    assert len(commands) == 2 * (4 + 2 * 3)
    assert len(set(texts)) == 2 * len(ROWS)
    assert sum("affected" in command for command in commands) == 8
    assert "Number of plugins: 2; rounds: 1; cores: " in page.read_text(encoding="utf-8")
    workspace = open_monorepo(str(tmp_path / "sessions")).workspace
    assert set(workspace.plugins) == {"acme-p0", "acme-p1"}


def test_the_table_shows_the_median_and_the_ratio_to_the_plain_loop() -> None:
    seconds = {title: [2.0, 4.0, 9.0] for title, *_ in ROWS} | {ROWS[-1][0]: [4.0, 8.0, 10.0]}
    text = render(seconds, 8)
    assert f"| {ROWS[1][0]} | 4.0 | 0.50 |" in text
    assert "| the plain loop | 8.0 | 1.00 |" in text
