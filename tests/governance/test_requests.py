"""The gate sends fewer requests per hour than GitHub accepts, whatever strangers do, and scheduled runs go on."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from commonhold.cli.github_access import limited_client
from commonhold.github import Budget, BudgetError, GitHub
from commonhold.github.transport import Request, Response
from commonhold.governance.approvals.ask import must_ask
from commonhold.governance.approvals.evaluation import evaluate_pull_request
from commonhold.governance.approvals.gate_run import run_gate
from commonhold.governance.approvals.read import PullReader
from commonhold.governance.approvals.targets import Target
from tests.support.approvals import BASE, IDS, SPARK
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakePull, user
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 1000
NOON = datetime(2026, 3, 2, 12, 13, tzinfo=timezone.utc)
REQUIRED = '[tool.commonhold.approvals]\nmode = "required"\n'
OUTSIDER = user("ola", IDS["ola"])


class BusyGitHub(FakeGitHub):
    """A stand-in that reports GitHub's hourly limit, with many pull requests of one commit each."""

    def add_pulls(self, numbers: range) -> None:
        """Add pull requests that change the same file; git is asked about the first only."""
        first = self.tip("topic")
        self._commits("7")
        self._files("7")
        known = {args: output for args, output in self._outputs.items() if any(first in arg for arg in args)}
        base, tree = self.tip("main"), self.repo.git("rev-parse", "topic^{tree}")
        for number in numbers:
            head = self.repo.git("commit-tree", tree, "-p", base, "-m", f"{number}")
            for args, output in known.items():
                self._outputs[tuple(arg.replace(first, head) for arg in args)] = output.replace(first, head)
            self.pulls[number] = FakePull(number, user("out", IDS["out"]), "main", head)

    def tip(self, branch: str) -> str:
        return self._git("rev-parse", branch)

    def send(self, request: Request) -> Response:
        left = max(0, LIMIT - len(self.requests) - 1)
        if request.path == "/rate_limit":
            limit = {"limit": LIMIT, "used": LIMIT - left, "remaining": left, "reset": 1}
            document = {"resources": {"core": limit, "search": limit}, "rate": limit}
            response = Response(200, {}, json.dumps(document))
            FakeGitHub.observer(request, response)
            return response
        response = super().send(request)
        limits = {"x-ratelimit-limit": f"{LIMIT}", "x-ratelimit-remaining": f"{left}"}
        return Response(response.status, {**response.headers, **limits}, response.body)


@pytest.fixture
def busy(tmp_path: Path) -> BusyGitHub:
    repo = Repo.of(tmp_path / "repo", {**BASE, "pyproject.toml": BASE["pyproject.toml"] + REQUIRED})
    repo.git("switch", "-q", "-c", "topic")
    repo.commit({f"{SPARK}/x.py": "2"})
    busy = BusyGitHub(repo)
    flooded = busy.pulls[7] = FakePull(7, user("out", IDS["out"]), "main", repo.head)
    for _ in range(2500):
        flooded.comment(OUTSIDER, "/recheck")
    for _ in range(1000):
        flooded.review(OUTSIDER, "COMMENTED")
    return busy


def test_thousands_of_events_and_hundreds_of_pull_requests_stay_below_the_limit(
    busy: BusyGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.add_pulls(range(8, 307))
    evaluated: set[int] = set()
    stopped = 0
    # GitHub runs one event of a pull request at a time, for half a minute at least; others come from elsewhere.
    events = [("issue_comment", Target((7 if number % 2 else 8 + number,))) for number in range(30)]
    hour = [*events[:20], ("schedule", Target()), *events[20:], ("schedule", Target())]
    for minute, (event, target) in enumerate(hour):
        monkeypatch.setenv("GITHUB_EVENT_NAME", event)
        now = NOON + timedelta(minutes=2 * minute)
        before = len(evaluated)
        try:
            for result in run_gate(
                limited_client(busy, REPOSITORY, gate=True), target, partial(datetime.fromisoformat, now.isoformat())
            ):
                evaluated.update(result.numbers)
        except BudgetError:
            stopped += 1
        assert event != "schedule" or len(evaluated) > before
    assert 7 in evaluated
    assert stopped
    assert LIMIT // 2 < len(busy.requests) < LIMIT


def test_a_pull_request_with_thousands_of_comments_is_evaluated_and_asked_in_one_run(busy: BusyGitHub) -> None:
    decision = evaluate_pull_request(PullReader(GitHub(busy, REPOSITORY, Budget(100))), 7, NOON)
    assert decision.case.pull.unread == ()
    assert must_ask(decision)


def test_each_of_many_changed_pull_requests_has_its_turn(busy: BusyGitHub) -> None:
    del busy.pulls[7].comments[:], busy.pulls[7].reviews[:]
    busy.add_pulls(range(8, 30))
    first: set[int] = set()
    for run in range(8):
        now = NOON + timedelta(minutes=30 * run)
        for pull in busy.pulls.values():
            pull.updated = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        with contextlib.suppress(BudgetError):
            results = run_gate(
                GitHub(busy, REPOSITORY, Budget(150)), Target(), partial(datetime.fromisoformat, now.isoformat())
            )
            first.update(chain.from_iterable(result.numbers for result in results))
    assert first == set(busy.pulls)
