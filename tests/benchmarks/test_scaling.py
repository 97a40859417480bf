"""The bench of hostile inputs: it runs every kind of input in small, and compares the figures with the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.hostile import INPUTS, HostileInput
from benchmarks.scaling import BEGIN, END, Growth, Usage, main, render

if TYPE_CHECKING:
    from pathlib import Path


def grown(seconds: list[float], memory: int = 1000, unit: str = "lines") -> Growth:
    hostile = HostileInput("an input", unit, 16_000_000, lambda _folder, _size: ())
    sizes = tuple(1_000_000 << step for step in range(len(seconds)))
    return Growth(hostile, sizes, tuple(Usage(each, memory) for each in seconds))


@pytest.mark.parametrize(
    ("growth", "faults"),
    [
        (grown([0.1, 0.2, 0.4, 0.8, 1.6]), ()),
        (grown([0.1, 0.1, 0.3, 0.6, 1.2]), ("grows 3.0-fold",)),
        (grown([1, 2, 4, 8, 16]), ("takes 16.0 s",)),
        (grown([1, 1, 1, 1, 1], memory=600 * 1024), ("needs 600 MB",)),
        (grown([10, 20, 40, 80, 160], unit="files"), ()),
        (grown([100, 200, 400, 800, 1600], unit="files"), ("takes 1600.0 s",)),
    ],
)
def test_a_limit_that_is_exceeded_is_reported(growth: Growth, faults: tuple[str, ...]) -> None:
    assert growth.faults == faults
    assert ("yes" if not faults else faults[0]) in render([growth], 1)


def test_a_quick_run_writes_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    assert main(["--quick", "--only", "response", "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "| the response to an upload | 16 KiB |" in text
    assert "Sizes are divided by 64" in text


def test_every_input_has_its_own_title() -> None:
    assert len({hostile.title for hostile in INPUTS}) == len(INPUTS)
