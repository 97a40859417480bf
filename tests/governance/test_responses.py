"""No order of pages, stranger or wrong response to one request turns pending into success."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonhold.errors import ToolError, UsageError
from commonhold.github import Budget, GitHub, Patience
from commonhold.github.transport import Request, Response
from commonhold.governance.approvals import GateState
from commonhold.governance.approvals.evaluation import evaluate_pull_request
from commonhold.governance.approvals.read import PullReader
from tests.support.approvals import BASE, IDS, SPARK
from tests.support.fake_github import REPOSITORY, FakeGitHub, FakePull, user
from tests.support.repositories import Repo

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
MOST_REQUESTS = 40
STRANGER = user("ola", IDS["ola"])


def approve(pull: FakePull, *logins: str) -> None:
    for hour, login in enumerate(logins, 13):
        pull.review(user(login, IDS[login]), at=f"2026-03-01T{hour}:00:00Z")


def dismiss(fake: FakeGitHub) -> None:
    fake.pulls[7].review(user("kim", IDS["kim"]), "DISMISSED", at="2026-03-01T15:00:00Z")


def request_changes(fake: FakeGitHub) -> None:
    fake.pulls[7].review(user("lee", IDS["lee"]), "CHANGES_REQUESTED", at="2026-03-01T15:00:00Z")


def push(fake: FakeGitHub) -> None:
    fake.pulls[7].head = fake.tip("pushed")


def convert_to_draft(fake: FakeGitHub) -> None:
    fake.pulls[7].draft = True


def retarget(fake: FakeGitHub) -> None:
    fake.pulls[7].happened("base_ref_changed", user("out", IDS["out"]), at="2026-03-01T15:00:00Z")


def unprotect(fake: FakeGitHub) -> None:
    fake.protected = set()


def withdraw(fake: FakeGitHub) -> None:
    del fake.pulls[7].reviews[1:]


def suspend(fake: FakeGitHub) -> None:
    fake.pulls[7].base = "suspended"
    fake.protected = {"suspended", "main"}


CHANGES: list[Callable[[FakeGitHub], None]] = [
    dismiss,
    request_changes,
    push,
    convert_to_draft,
    retarget,
    unprotect,
    withdraw,
    suspend,
]


class Copies:
    """Two copies of GitHub's data: the newer one answers, except for one request."""

    def __init__(self, newer: FakeGitHub, older: FakeGitHub, wrong: int, kind: str, *, backwards: bool) -> None:
        self.newer, self.older, self.wrong, self.kind, self.backwards = newer, older, wrong, kind, backwards
        self.sent = 0
        self.last = Response(404, {}, "{}")

    def send(self, request: Request) -> Response:
        response = (self.older if self._is_wrong("older") else self.newer).send(request)
        if self._is_wrong("dropped"):
            response = Response(200, {}, "[]") if response.body.startswith("[") else Response(404, {}, "{}")
        if self._is_wrong("repeated"):
            response = self.last
        self.sent += 1
        if self.backwards and response.body.startswith("["):
            response = Response(200, response.headers, json.dumps(json.loads(response.body)[::-1]))
        self.last = response
        return response

    def _is_wrong(self, kind: str) -> bool:
        return self.sent == self.wrong and self.kind == kind


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = Repo.of(tmp_path_factory.mktemp("responses") / "repo", BASE)
    people = BASE["governance/people.toml"]
    repo.git("switch", "-q", "-c", "topic")
    repo.commit({f"{SPARK}/x.py": "2"})
    repo.git("switch", "-q", "-c", "pushed")
    repo.commit({f"{SPARK}/x.py": "3"})
    repo.git("switch", "-q", "-c", "suspended", "main")
    gone = 'login = "kim"\nid = 11\nsuspended = { from = 2026-01-01, reason = "lost a key" }'
    repo.commit({"governance/people.toml": people.replace('login = "kim"\nid = 11', gone)})
    return repo


OUTPUTS: dict[tuple[str, ...], str] = {}


def stand_in(repo: Repo, per_page: int) -> FakeGitHub:
    fake = FakeGitHub(repo, most_per_page=per_page)
    fake._outputs = OUTPUTS
    fake.pulls[7] = FakePull(7, user("out", IDS["out"]), "main", fake.tip("topic"))
    approve(fake.pulls[7], "ann", "kim")
    return fake


def state(copies: Copies) -> GateState:
    github = GitHub(copies, REPOSITORY, Budget(300), Patience(0, lambda _: None))
    try:
        return evaluate_pull_request(PullReader(github), 7, NOW).state
    except (ToolError, UsageError):
        return GateState.PENDING


def interfere(fake: FakeGitHub, action: str) -> None:
    if action in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
        fake.pulls[7].review(STRANGER, action, at="2026-03-01T16:00:00Z")
    elif action:
        fake.pulls[7].comment(STRANGER, action.format(head=fake.pulls[7].head), at="2026-03-01T16:00:00Z")


ACTIONS = ["", "APPROVED", "CHANGES_REQUESTED", "DISMISSED", "/override {head} because", "/recheck"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    change=st.sampled_from(CHANGES),
    wrong=st.integers(0, MOST_REQUESTS),
    kind=st.sampled_from(["older", "older", "dropped", "repeated"]),
    per_page=st.sampled_from([1, 2, 100]),
    backwards=st.booleans(),
    action=st.sampled_from(ACTIONS),
)
def test_one_wrong_response_never_turns_pending_into_success(
    repo: Repo,
    change: Callable[[FakeGitHub], None],
    wrong: int,
    kind: str,
    per_page: int,
    backwards: bool,
    action: str,
) -> None:
    newer, older = stand_in(repo, per_page), stand_in(repo, per_page)
    change(newer)
    interfere(newer, action)
    assert state(Copies(newer, older, wrong, kind, backwards=backwards)) is GateState.PENDING


@pytest.mark.parametrize("per_page", [1, 100])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_order_and_size_of_pages_and_a_stranger_change_nothing(
    repo: Repo, per_page: int, *, backwards: bool
) -> None:
    for action in ACTIONS:
        fake = stand_in(repo, per_page)
        interfere(fake, action)
        assert state(Copies(fake, fake, -1, "", backwards=backwards)) is GateState.SUCCESS
