"""Selections of past commits, checked against simple expectations, in a small monorepo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.replay import recall
from examples.replay.jobs import RULES
from examples.replay.recall import Expected, measure, recall_lines
from tests.support.monorepos import CONFIG, Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WORKFLOW = """
on:
  pull_request:
    paths:
      - "official/a/**"
      - "shared/*"
      - "!official/a/*.md"
"""


def test_expected_plugins_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(f'{CONFIG}[[tool.commonhold.shared]]\npath = ["shared/**"]\naffects = "none"\n')
    monkeypatch.setitem(RULES, "small", rules)
    monkeypatch.setitem(recall.FILTERED, "small", "official")
    parts = (plugin("official/a"), plugin("official/b", ["A>=1"]), {".github/workflows/a.yml": WORKFLOW})
    monorepo = Monorepo.of(tmp_path / "clone", *parts)
    monorepo.commit({"official/a/acme/a/__init__.py": "changed = 1\n"})  # by all methods
    monorepo.commit({"official/a/tests/test_a.py": "changed = 1\n"})  # no dependent
    monorepo.commit({"official/a/x.md": "x", "official/b/docs/x.py": ""})  # nothing
    head = monorepo.commit({"shared/x": ""})  # the filter is wider than the rules
    row = measure("small", tmp_path / "clone", 4)
    assert row[2:6] == (4, Expected(2, 2), Expected(1, 1), Expected(3, 2))
    assert row.missed == (f"{head[:10]} filtered official/a",)
    assert list(recall_lines([row, "absent"]))[2:] == [
        f"| small | {row.head} | 4 | 2 of 2 | 1 of 1 | 2 of 3 |",
        "| absent | not measured |  |  |  |  |",
    ]
