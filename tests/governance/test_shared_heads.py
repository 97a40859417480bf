"""Pull requests with one head: an approver cannot be the author of another one, and an outsider's delays nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commonhold.governance.approvals import GateState
from commonhold.governance.approvals.gate_run import run_gate
from commonhold.governance.approvals.targets import Target
from tests.governance.test_run import NOW, approve, fake, github, person, posted, run
from tests.support.approvals import SPARK, maintained
from tests.support.fake_github import FakeGitHub, FakePull

if TYPE_CHECKING:
    from commonhold.governance.approvals.gate_run import GateResult

__all__ = ["fake"]  # a fixture

PAGE = "https://github.com/flyteorg/flytekit/actions/runs/42"


def copies(fake: FakeGitHub, *numbers: int, author: str = "ola") -> None:
    """Open pull requests with the head of #7."""
    for number in numbers:
        fake.pulls[number] = FakePull(number, person(author), "main", fake.pulls[7].head)


def sweep(fake: FakeGitHub) -> GateResult:
    (result,) = run_gate(github(fake), Target(), lambda: NOW, PAGE)
    return result


@pytest.mark.parametrize("author", ["kim", "lee", "bo", "tess"])
def test_an_approver_cannot_be_the_author_of_another_one(fake: FakeGitHub, author: str) -> None:
    copies(fake, 8, author=author)
    approve(fake, 7)
    (result,) = run(fake, 7)
    assert result.numbers == (7, 8)
    assert result.state is GateState.PENDING
    assert posted(fake)[-1][2].startswith("#8: ")


def test_the_author_of_another_one_whom_the_change_lists_must_pass(fake: FakeGitHub) -> None:
    fake.pulls[7].head = fake.repo.commit({f"{SPARK}/governance.toml": maintained("ann", "bo", "ola")})
    copies(fake, 8)
    approve(fake, 7)
    assert [each.case.pull.number for each in run(fake, 7)[0].decisions] == [8]


@pytest.mark.parametrize("author", ["ola", "cy", "copilot[bot]"])
@pytest.mark.parametrize("number", [5, 8])
def test_one_by_somebody_who_cannot_approve_delays_nothing(fake: FakeGitHub, number: int, author: str) -> None:
    copies(fake, number, author=author)
    assert run(fake)[0].state is GateState.PENDING
    approve(fake, 7)
    assert [run(fake)[0].state, run(fake, number)[0].state] == [GateState.SUCCESS, GateState.SUCCESS]
    assert posted(fake)[-1][2] == "#7: Done: @ann (spark), then @kim (core)"


def test_one_that_is_a_draft_or_cannot_be_read_delays_nothing(fake: FakeGitHub) -> None:
    copies(fake, 4, 5, 6)
    fake.pulls[4].draft = True
    fake.pulls[6].author = None
    fake.tamper = lambda request, same: type(same)(404, {}, "{}") if request.path.endswith("/pulls/5") else same
    approve(fake, 7)
    assert run(fake)[0].state is GateState.SUCCESS


def test_one_whose_head_moves_all_the_time_delays_nothing(fake: FakeGitHub) -> None:
    copies(fake, 5)
    approve(fake, 7)
    fake.repo.git("switch", "-q", "-c", "moving")
    moved = fake.repo.commit({"x": "1"})

    def move(request: object, same: object) -> object:
        fake.pulls[5].head = moved
        return same

    fake.tamper = move  # type: ignore[assignment]
    assert run(fake, 7)[0].state is GateState.SUCCESS


def test_many_copies_cost_few_requests_and_a_success_remains(fake: FakeGitHub) -> None:
    copies(fake, 1, 2, 3, 4, 5, 6, *range(8, 20))
    approve(fake, 7)
    before = len(fake.requests)
    (result,) = run_gate(github(fake), Target((7,)), lambda: NOW, PAGE)
    assert result.state is GateState.SUCCESS
    assert len(fake.requests) - before < 40
    assert sweep(fake).state is GateState.SUCCESS
    assert len(fake.statuses) == 1
    fake.pulls[7].review(person("kim"), "DISMISSED", at="2026-03-01T15:00:00Z")
    assert sweep(fake).state is GateState.PENDING
