"""The line of commits that a replay walks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.spawn import SpawnRunner
from commonhold.vcs import open_repository

if TYPE_CHECKING:
    from tests.support.repositories import Repo


@pytest.fixture
def forked(repo: Repo) -> Repo:
    """A side branch with one commit, merged into ``main`` as ``merged``."""
    repo.switch("side", "main")
    repo.commit({"side.txt": "1"})
    repo.switch("main")
    repo.commit({"main.txt": "1"})
    repo.switch("merged", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    return repo


def test_the_first_parent_line_is_newest_first_and_ends_without_a_parent(forked: Repo) -> None:
    first, second, merge = forked.rev("main^"), forked.rev("main"), forked.rev("merged")
    repository = open_repository(str(forked.root), SpawnRunner(), os.environ)
    line = repository.first_parents("merged", 9)
    assert line[:2] == ((merge, second), (second, first))
    assert line[-1][1] is None


def test_no_more_is_told_than_was_asked(forked: Repo) -> None:
    repository = open_repository(str(forked.root), SpawnRunner(), os.environ)
    assert repository.first_parents("merged", 1) == ((forked.rev("merged"), forked.rev("main")),)
