"""The first-parent line of a history, which `audit` replays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.vcs import open_repository
from commonhold.vcs.log import first_parents

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
    line = first_parents(repository, "merged", 9)
    assert line[:2] == ((merge, second), (second, first))
    assert line[-1][1] is None


def test_the_number_of_commits_is_limited(forked: Repo) -> None:
    repository = open_repository(str(forked.root), SpawnRunner(), os.environ)
    assert first_parents(repository, "merged", 1) == ((forked.rev("merged"), forked.rev("main")),)


def test_a_git_failure_on_the_first_parent_line_is_an_error_of_git(
    forked: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    first = forked.rev("main^")
    forked.commit({"pyproject.toml": "[tool.commonhold]\n"})
    forked.path(f".git/objects/{first[:2]}/{first[2:]}").unlink()
    assert main(["-C", str(forked.root), "audit", "--head", "merged", "--last", "9"]) == 4
    assert "error: git failed: error: Could not read " in capsys.readouterr().err
