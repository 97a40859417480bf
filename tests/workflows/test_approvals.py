"""The workflow of the gate, executed for the events that start it, against a stand-in for GitHub's API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import fake_github
from tests.support.approvals import BASE, IDS, SPARK
from tests.support.fake_github import FakeGitHub, FakePull, FakeServer, user
from tests.support.repositories import Repo
from tests.support.servers import serving
from tests.workflows.sample_repo import Event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflows.conftest import GitHub
    from tests.workflows.sample_repo import SampleRepo

REQUIRED = '[tool.commonhold.approvals]\nmode = "required"\n'


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    monkeypatch.setattr(fake_github, "REPOSITORY", "octocat/sample")  # as in the runner's checkout
    repo = Repo.of(tmp_path / "api", {**BASE, "pyproject.toml": BASE["pyproject.toml"] + REQUIRED})
    repo.git("switch", "-q", "-c", "topic")
    repo.commit({f"{SPARK}/x.py": "2"})
    fake = FakeGitHub(repo)
    fake.pulls[7] = FakePull(7, user("out", IDS["out"]), "main", fake.tip("topic"))
    return fake


def payloads(fake: FakeGitHub) -> dict[str, dict[str, Any]]:
    """What GitHub sends with each event; it is older than what the API says."""
    return {
        "pull_request_target": {"pull_request": {"number": 7, "head": {"sha": "0" * 40}, "base": {"ref": "main"}}},
        "issue_comment": {"issue": {"number": 7, "pull_request": {}}, "comment": {"body": "/recheck"}},
        "workflow_run": {"workflow_run": {"head_sha": fake.tip("topic")}},
        "schedule": {"schedule": "13,43 * * * *"},
    }


EVENTS = ["pull_request_target", "schedule"]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_posts_the_decision_and_asks_who_is_next(
    github: GitHub, sample: SampleRepo, fake: FakeGitHub, event: str
) -> None:
    with serving(FakeServer(fake)) as server:
        env = {**github.runner.env, "GITHUB_API_URL": server.address}
        runner = replace(github.runner, env=env, secrets={"GITHUB_TOKEN": "secret"})
        run = replace(github, runner=runner).run(sample, Event(event, payloads(fake)[event]), "approvals.yml")
    assert run.results() == {"decide": {"success"}, "ask": {"success"}}, run.log
    assert [(each["state"], each["description"]) for each in fake.statuses] == [
        ("pending", "Waiting for @ann or @bo (spark)")
    ]
    assert [comment["body"].count("@ann") for comment in fake.pulls[7].comments] == [1]
    assert set(server.tokens) == {"Bearer secret"}


def test_a_comment_that_is_no_command_starts_nothing(github: GitHub, sample: SampleRepo, fake: FakeGitHub) -> None:
    payload = {"issue": {"number": 7, "pull_request": {}}, "comment": {"body": "Thanks!"}, "changes": {}}
    run = github.run(sample, Event("issue_comment", payload), "approvals.yml")
    assert run.results() == {}
