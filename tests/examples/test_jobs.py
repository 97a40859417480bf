"""Jobs per commit of two versions, measured in a small monorepo."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import tomli

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.vcs import open_repository
from commonhold.vcs.trees import CommitTree
from commonhold.workspace.config import decode_config
from examples.replay.jobs import AFTER, RULES, Jobs, edge_lines, jobs_lines, measure, without_mentions
from examples.replay.remember import Remembered
from tests.support.monorepos import CONFIG, Monorepo, plugin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", RULES)
def test_the_rules_of_each_repository_can_ignore_mentions(name: str) -> None:
    table = tomli.loads(without_mentions(RULES[name].read_text()))["tool"]["commonhold"]
    assert decode_config(table, name).tiers
    assert table["mentions"] == {"**": "ignore"}


def test_jobs_by_mentions_are_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone, rules = tmp_path / "clone", tmp_path / "rules.toml"
    rules.write_text(CONFIG)
    monkeypatch.setitem(RULES, "small", rules)
    mention = {"official/acme-a/tests/test_it.py": 'NAMES = ["acme_b"]\n'}
    monorepo = Monorepo.of(clone, plugin("official/acme-a"), plugin("official/acme-b"), mention)
    monorepo.commit({"official/acme-b/acme_b/__init__.py": "changed = 1\n"})
    row = measure("small", clone, AFTER, 1)
    assert row.plugins == row.run_all == 4
    assert row.whole == row.alone == Jobs(before=2.0, after=2.0, mentions=1.0)
    assert row.edges == ()
    assert list(jobs_lines([row, "absent"]))[2:] == [
        f"| small | {row.head} | 1 | 4 | 4.00 | 2.00 | 2.00 | 1.00 | 1.50 | 2.00 | 2.00 | 1.00 | 1.50 |",
        f"| absent | not measured |{'  |' * 11}",
    ]
    edge: dict[str, str | None] = {
        "source": "acme-a",
        "target": "acme-b",
        "how": "mention",
        "path": "x.py",
        "line": "3",
    }
    assert list(edge_lines([row._replace(edges=(edge,))]))[2:] == [
        "| small | mention | `acme-a` | 1 | `acme-b` (x.py:3) |"
    ]


def test_a_remembered_repository_reads_each_content_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monorepo = Monorepo.of(tmp_path, {"copy.py": "same", "other.py": "same", "large.py": "x" * 100})
    repository = open_repository(str(tmp_path), SpawnRunner(), os.environ)
    remembered, head = Remembered(repository), repository.resolve("HEAD")
    tree = remembered.tree(head)
    assert tree.read(["copy.py", "large.py", "gone.py"]) == {"copy.py": b"same", "large.py": b"x" * 100}
    assert remembered.tree(head) is tree

    monorepo.commit({"large.py": "y"})
    monkeypatch.setattr(CommitTree, "read", lambda _self, paths: dict.fromkeys(paths, b"read"))
    assert remembered.tree(repository.resolve("HEAD")).read(["other.py", "large.py"]) == {
        "other.py": b"same",
        "large.py": b"read",
    }
