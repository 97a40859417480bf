"""Trees decide whether an earlier commit is the same change, and whether a pull request is an exact revert."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from commonhold.github import Budget, GitHub
from commonhold.governance.approvals import GateState
from commonhold.governance.approvals.evaluation import evaluate_pull_request
from commonhold.governance.approvals.read import PullReader
from tests.support.approvals import BASE, IDS, SPARK
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakePull, user
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.governance.approvals import Decision

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
SAME_DIFF = "[tool.commonhold.approvals]\nsame-diff = true\n"
FILE = f"{SPARK}/x.py"


def person(login: str) -> dict[str, object]:
    return user(login, IDS[login])


def decide(fake: FakeGitHub) -> Decision:
    fake.pulls[7].head = fake.tip("topic")
    return evaluate_pull_request(PullReader(GitHub(fake, REPOSITORY, Budget(200))), 7, NOW)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo.of(tmp_path / "repo", {**BASE, "pyproject.toml": BASE["pyproject.toml"] + SAME_DIFF})
    repo.git("switch", "-q", "-c", "topic")
    return repo


def pull_of(repo: Repo) -> FakeGitHub:
    fake = FakeGitHub(repo)
    fake.pulls[7] = FakePull(7, person("out"), "main", fake.tip("topic"))
    return fake


@pytest.mark.parametrize(("message", "content", "state"), [("again", "2", "success"), ("more", "3", "pending")])
def test_an_approval_holds_if_the_next_commit_changes_nothing_else(
    repo: Repo, message: str, content: str, state: str
) -> None:
    repo.commit({FILE: "2"})
    fake = pull_of(repo)
    fake.pulls[7].review(person("ann"), at="2026-03-01T13:00:00Z")
    fake.pulls[7].review(person("kim"), at="2026-03-01T14:00:00Z")
    repo.git("switch", "-q", "main")
    repo.commit({"noxfile.py": "new"})
    repo.git("switch", "-q", "topic")
    repo.git("merge", "-q", "--no-edit", "main")
    repo.commit({FILE: content}, message=message)
    assert decide(fake).state.value == state


@pytest.mark.parametrize(
    ("reverts", "content", "state"), [("main", "1", "success"), ("main", "0", "pending"), ("aside", "1", "pending")]
)
def test_one_core_maintainer_overrides_for_an_exact_revert(repo: Repo, reverts: str, content: str, state: str) -> None:
    repo.git("switch", "-q", "-c", "aside")
    repo.commit({FILE: "2"}, message="not on main")
    repo.git("switch", "-q", "main")
    repo.commit({FILE: "2"})
    reverted = repo.git("rev-parse", reverts)
    repo.git("switch", "-q", "topic")
    repo.git("reset", "-q", "--hard", "main")
    repo.commit({FILE: content}, message=f"Revert\n\nThis reverts commit {reverted}.")
    fake = pull_of(repo)
    fake.pulls[7].comment(person("kim"), f"/override {fake.tip('topic')} broken", at="2026-03-01T13:00:00Z")
    fake.pulls[7].review(person("lee"), at="2026-03-01T14:00:00Z")
    assert decide(fake).state.value == state


def test_a_reviewed_commit_that_is_gone_does_not_count(repo: Repo) -> None:
    repo.commit({FILE: "2"})
    fake = pull_of(repo)
    fake.pulls[7].review(person("ann"), commit="d" * 40, at="2026-03-01T13:00:00Z")
    fake.pulls[7].review(person("kim"), at="2026-03-01T14:00:00Z")
    assert decide(fake).state is GateState.PENDING
