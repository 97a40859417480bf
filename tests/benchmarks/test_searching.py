"""The bench of searches: it writes a plugin index, runs each command and writes the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.searching import BARE, BEGIN, END, ROWS, main, render

if TYPE_CHECKING:
    from pathlib import Path


def test_each_command_runs_and_the_page_gets_the_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    assert main(["--quick", "--cache", str(tmp_path), "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "Number of plugins: 100; rounds: 1; cores: " in text
    assert all(row.title in text for row in ROWS)


def test_ratios_are_medians_of_the_rounds() -> None:
    seconds = {row.title: [0.2, 0.4, 0.1] for row in ROWS}
    seconds[BARE] = [0.1, 0.1, 0.1]
    assert "| 200 | 2.00 | the bare command | 2.0 |" in render(seconds, 5000)
