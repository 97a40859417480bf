"""The bench of installations: it makes environments, installs a plugin with and without the client, writes the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.installing import BEGIN, END, main, render

if TYPE_CHECKING:
    from pathlib import Path


def test_both_installers_run_and_the_page_gets_the_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    assert main(["--quick", "--cache", str(tmp_path), "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "| pip | " in text
    assert "| uv | " in text


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    assert "| pip | 100 | 200 | 2.00 |" in render({"pip": [[0.1, 0.1, 0.1], [0.2, 0.4, 0.1]]})
