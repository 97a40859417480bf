"""A snapshot of the working tree, from which all sessions of a run copy their files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold.ci.snapshot import SNAPSHOT, find_snapshot, take_snapshot
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.vcs import open_repository
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path


def test_a_snapshot_keeps_what_the_working_tree_contained(tmp_path: Path) -> None:
    repo = Repo.of(tmp_path / "repo", {"a.txt": "a\n", "sub/b.txt": "b\n", ".gitignore": "*.log\n"})
    repo.write("new \udce9.txt", "new\n")
    repo.write("sub/b.txt", "changed\n")
    repo.write("x.log", "ignored\n")
    repo.link("link", "a.txt")
    repository = open_repository(str(repo.root), SpawnRunner(), os.environ)
    tree = repository.work_tree()
    before = tree.read(tree.entries)
    with take_snapshot(repository.root, tree, tree.entries) as folder:
        repo.write("a.txt", "edited by a test\n")
        repo.write("late.txt", "late\n")
        repo.remove("link")
        now = repository.work_tree()
        snapshot = find_snapshot(repository.root, now, {SNAPSHOT: folder})
        assert snapshot is not None
        assert snapshot.entries == tree.entries
        assert snapshot.read([*tree.entries, "late.txt"]) == before
        assert not os.path.exists(os.path.join(snapshot.files, "x.log"))
        assert find_snapshot("/elsewhere", now, {SNAPSHOT: folder}) is None
    assert not os.path.exists(folder)
    assert find_snapshot(repository.root, now, {}) is None
