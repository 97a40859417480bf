"""The last push of a pull request is never taken for an earlier one, whatever its author and other runs do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhold.governance.approvals import ACTIONS_BOT, GateState
from commonhold.governance.approvals.facts import TimelineEvent
from commonhold.governance.approvals.gate_run import run_gate
from commonhold.governance.approvals.last_push import last_push, naming_pulls
from commonhold.governance.approvals.records import StatusRecord, UserRecord
from commonhold.governance.approvals.targets import Target
from tests.governance.test_run import NOW, fake, github, person
from tests.support.approvals import change
from tests.support.fake_github import FakePull

if TYPE_CHECKING:
    from commonhold.governance.approvals.facts import PullRequest
    from tests.support.fake_github import FakeGitHub

__all__ = ["fake"]  # a fixture

CONTEXT = "approvals (main)"
PAGE = "https://github.com/flyteorg/flytekit/actions/runs/42"
BOT = UserRecord("github-actions[bot]", ACTIONS_BOT, "Bot")
PULL = change().pull()


def status(at: datetime, *numbers: int, context: str = CONTEXT, creator: UserRecord | None = BOT) -> StatusRecord:
    return StatusRecord(1, "pending", context, "", naming_pulls(PAGE, numbers), at, creator)


def last(*statuses: StatusRecord, pull: PullRequest = PULL) -> datetime | None:
    return last_push(pull, statuses, CONTEXT, ACTIONS_BOT)


LATE = timedelta(hours=2)


def test_the_first_status_of_the_head_is_later_than_the_push() -> None:
    assert last(status(NOW + LATE, 7), status(NOW, 9, 7)) == NOW


@pytest.mark.parametrize(
    "other",
    [
        status(NOW, 9),
        status(NOW, 77),
        status(NOW),
        status(NOW, 7, context="approvals (release/1.16)"),
        status(NOW, 7, creator=None),
        status(NOW, 7, creator=UserRecord("kim", 11, "User")),
    ],
)
def test_a_status_of_another_pull_request_branch_or_account_says_nothing(other: StatusRecord) -> None:
    assert last(other) is None
    assert last(other, status(NOW + LATE, 7)) == NOW + LATE


@pytest.mark.parametrize("kind", ["head_ref_force_pushed", "head_ref_restored", "reopened"])
def test_a_head_that_can_have_come_back_must_be_seen_again(kind: str) -> None:
    pull = replace(PULL, timeline=(TimelineEvent(kind, NOW, None),))
    seen = (status(NOW - LATE, 7), status(NOW + timedelta(seconds=30), 7))
    assert last(*seen, pull=pull) is None
    assert last(*seen, status(NOW + LATE, 7), pull=pull) == NOW + LATE


@dataclass
class History:
    """Heads of a pull request on one line of commits, and what the timeline and the statuses show of them."""

    head: int = 0
    pushed: datetime = NOW
    now: datetime = NOW
    timeline: list[TimelineEvent] = field(default_factory=list)
    statuses: dict[int, list[StatusRecord]] = field(default_factory=dict)

    def push(self, commit: int) -> None:
        if commit < self.head:
            self.timeline.append(TimelineEvent("head_ref_force_pushed", self.now, None))
        if commit != self.head:
            self.head, self.pushed = commit, self.now

    def run(self, commit: int, minutes: int, *numbers: int) -> None:
        """Evaluate a commit, and post the status later."""
        late = self.now + timedelta(minutes=minutes)
        self.statuses.setdefault(commit, []).append(status(late, *numbers))


STEPS = st.lists(
    st.tuples(st.sampled_from((1, 30, 600)), st.sampled_from(("push", "run", "other")), st.integers(0, 3)), max_size=12
)


@given(STEPS, st.integers(0, 59))
def test_the_last_push_is_never_earlier_than_the_truth(steps: list[tuple[int, str, int]], slow: int) -> None:
    history = History()
    for minutes, action, commit in steps:
        history.now += timedelta(minutes=minutes)
        if action == "push":
            history.push(commit)
        elif action == "run":
            history.run(history.head, slow, PULL.number)
        else:
            history.run(commit, slow, 9)
    found = last(*history.statuses.get(history.head, []), pull=replace(PULL, timeline=tuple(history.timeline)))
    assert found is None or found >= history.pushed


def test_a_commit_of_an_older_pull_request_is_no_old_push(fake: FakeGitHub) -> None:
    head = fake.tip("topic")
    sent = datetime.fromisoformat("2026-03-01T12:00:00Z")

    def decide(number: int, days: int) -> GateState:
        (result,) = run_gate(github(fake), Target((number,)), lambda: sent + timedelta(days=days), PAGE)
        return result.state

    decide(7, 0)
    fake.pulls = {8: FakePull(8, person("out"), "main", head)}
    fake.pulls[8].comment(person("lee"), f"/override {head} nobody answers", at="2026-03-20T12:00:00Z")
    fake.pulls[8].review(person("kim"), at="2026-03-20T13:00:00Z")
    fake.status_time = "2026-03-20T14:00:00Z"
    assert [decide(8, 20), decide(8, 20)] == [GateState.PENDING, GateState.PENDING]
    fake.pulls[8].review(person("kim"), at="2026-03-25T13:00:00Z")
    assert decide(8, 25) is GateState.SUCCESS
