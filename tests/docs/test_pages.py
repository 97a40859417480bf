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
