from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONSOLE = re.compile(r"^```console.*?\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_every_configuration_key_has_an_anchor_of_its_own():
    from generator import configuration_page as page

    anchors = re.findall(r"^### `[\w-]+` \{ #([\w-]+) \}$", page.make()[page.PAGE], re.MULTILINE)
    assert len(anchors) == len(set(anchors)) == sum(map(len, page.KEYS.values()))
    assert {"root-ignore", "core-path", "tiersname-on-core-change", "testing-reads"} <= set(anchors)


def test_copied_commands_are_marked_with_a_prompt(root: Path):
    """The copy button leaves out lines of output; a command without a prompt would be one."""
    blocks = [
        (page.name, block)
        for page in (root / "docs").rglob("*.md")
        for block in CONSOLE.findall(page.read_text(encoding="utf-8"))
    ]
    assert len(blocks) > 20
    assert [(page, block) for page, block in blocks if not block.startswith("$ ")] == []
    assert "line_spans: __span" in (root / "mkdocs.yml").read_text(encoding="utf-8")


def test_the_figures_of_the_overview_are_those_of_the_replay(root: Path):
    overview = (root / "docs/index.md").read_text(encoding="utf-8")
    replay = (root / "docs/real-repositories.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [\w-]+ \|(?: ([\d.]+) \|)(?: ([\d.]+) \|)(?: ([\d.]+) \|)$", overview, re.MULTILINE)
    assert len(rows) == 2
    for every, selected, alone in rows:
        assert f"| {selected} | {every} |" in replay
        assert f"| {alone} | {every} |" in replay


def test_the_page_of_environment_variables_lists_those_of_the_library(root: Path):
    name = re.compile(r'"((?:COMMONHOLD|GITHUB|NOX|TWINE|UV|XDG)_[A-Z_]+)"')
    sources = (root / "tools/commonhold").rglob("*.py")
    used = {found for source in sources for found in name.findall(source.read_text(encoding="utf-8"))}
    page = (root / "docs/reference/environment.md").read_text(encoding="utf-8")
    assert sorted(used - set(re.findall(r"`([A-Z_]+)`", page))) == []
