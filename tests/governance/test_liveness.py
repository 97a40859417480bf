"""A small exhaustive model: honest people who are active can always make the gate pass, and outsiders cannot delay it.

Two plugins, ann and bo as their maintainers, and kim, lee and max as core. A state is what each of these five has done
on the head commit; core acted first, which is the harder order. Then people only do what the decision asks them to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from commonhold.governance.approvals import Decision, GateSettings, NextStep, decide_approvals, plan_outreach
from commonhold.governance.approvals.facts import Account, IssueComment, Review, Unread
from tests.support.approvals import (
    BARE,
    BIG,
    CONFIG,
    DOLT,
    HEAD,
    IDS,
    NOW,
    SPARK,
    Change,
    account,
    change,
    maintained,
    override,
    people,
    review,
)

if TYPE_CHECKING:
    from datetime import datetime

    from commonhold.governance.approvals.facts import PullRequest
    from commonhold.ownership import Ownership

PEOPLE = ("kim", "lee", "max", "ann", "bo")
STANDINGS = ("", "APPROVED", "CHANGES_REQUESTED")
GATE = Account("github-actions[bot]", IDS["github-actions[bot]"], "Bot")

SPARK_OWNERS, DOLT_OWNERS = f"{SPARK}/governance.toml", f"{DOLT}/governance.toml"
OWNED = {SPARK_OWNERS: maintained("ann"), DOLT_OWNERS: maintained("bo")}
CORE = people(kim="core", lee="core", max="core", tess="tsc")
NEW = "plugins/community/new"
MOVED = [(f"{SPARK}/{name}", f"{NEW}/{name}") for name in ("pyproject.toml", "x.py", "y.py", "governance.toml")]


def scenario(author: str, edit: dict[str, str | None], **values: object) -> Change:
    base = {**OWNED, "governance/people.toml": CORE}
    if isinstance(more := values.pop("base", {}), dict):
        base |= more
    return change(author=author, edit=edit, base=base, **values)


X = {f"{SPARK}/x.py": "2"}
BOTH = {**X, f"{DOLT}/x.py": "2"}
BULKY = GateSettings(bulk_plugins=1)

SCENARIOS = {
    "row 4": scenario("out", {**X}),
    "row 5": scenario("ann", {**X}),
    "row 6": scenario("out", {f"{BARE}/x.py": "2"}),
    "row 7": scenario("out", {**X}, base={SPARK_OWNERS: maintained("ann", "kim")}),
    "row 8": scenario("kim", {**X}),
    "row 9": scenario("out", {**BOTH}),
    "row 9, author maintains one": scenario("bo", {**BOTH}),
    "row 10": scenario("kim", {**BOTH}, settings=BULKY),
    "row 11": scenario("out", {f"{BIG}/x.py": "2"}),
    "row 12": scenario("ann", {"core/main.py": "2"}),
    "row 13": scenario("out", {".github/workflows/poke.yml": None}),
    "row 13, author is core": scenario("kim", {"pyproject.toml": CONFIG.replace("constraints", "pins")}),
    "row 13 and a plugin": scenario("out", {**X, ".github/workflows/poke.yml": None}),
    "row 14": scenario("kim", {"governance/people.toml": people(kim="core", lee="core", tess="tsc")}),
    "row 15": scenario("out", {SPARK_OWNERS: maintained("ann", "bo")}),
    "row 16": scenario("ann", {SPARK_OWNERS: None}),
    "row 17": scenario("out", {SPARK_OWNERS: maintained()}),
    "row 18": scenario("out", {SPARK_OWNERS: maintained("ann", state="noticed")}),
    "row 19": scenario("out", {f"{NEW}/pyproject.toml": "", f"{NEW}/governance.toml": maintained("ann", "bo")}),
    "row 20": scenario("out", {}, rename=[(f"{SPARK}/y.py", f"{DOLT}/y.py")]),
    "row 20, a plugin moves": scenario("out", {f"{NEW}/governance.toml": maintained("bo")}, rename=MOVED),
    "row 21": scenario("dependabot[bot]", {**BOTH}),
    "row 24": scenario("kim", {**X}, base={"governance/people.toml": people(kim="core", lee="tsc", max="tsc")}),
}


@dataclass
class World:
    """A pull request to which people react, and the time."""

    pull: PullRequest
    base: Ownership
    head: Ownership
    settings: GateSettings
    now: datetime = NOW
    numbers: int = 10**6
    silent: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, made: Change, **facts: object) -> World:
        pull, base, head = made.read
        return cls(replace(pull, **facts), base, head, made.settings)  # type: ignore[arg-type]

    def decide(self) -> Decision:
        return decide_approvals(self.pull, self.base, self.head, self.settings, self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def review(self, person: Account, state: str = "APPROVED") -> None:
        self.numbers += 1
        given = Review(self.numbers, person, state, HEAD, self.now)
        self.pull = replace(self.pull, reviews=(*self.pull.reviews, given))

    def comment(self, person: Account, body: str) -> None:
        self.numbers += 1
        said = IssueComment(self.numbers, person, body, self.now, self.now)
        self.pull = replace(self.pull, comments=(*self.pull.comments, said))

    def disturb(self) -> None:
        """Everything that outsiders can do."""
        mallory = Account("mallory", 900)
        self.review(mallory, "CHANGES_REQUESTED")
        self.review(mallory)
        self.comment(mallory, f"/override {HEAD} security: now")
        commits = tuple(replace(each, author_id=None, trailers=("kim",)) for each in self.pull.commits)
        self.pull = replace(self.pull, commits=commits)

    def follow(self, decision: Decision) -> None:
        """Do what the decision asks for."""
        binding = decision.binding
        if decision.next is NextStep.PLUGIN:
            asked = [person for side in decision.plugins for person in side.waiting]
        elif decision.next is NextStep.AGAIN and binding is not None:
            asked = [*binding.early]
        elif decision.next is NextStep.CORE and binding is not None:
            asked = [*(binding.objections or binding.who)]
        else:
            raise AssertionError(decision.next)
        self.wait(minutes=1)
        for person in dict.fromkeys(asked):
            if person not in self.silent:
                self.review(Account(decision.case.login(person), person))


def states(author: str) -> list[tuple[str, ...]]:
    """What each of the five people has done. Authors do not review, and lee and max can be exchanged."""
    found = []
    for state in product(STANDINGS, repeat=len(PEOPLE)):
        done = dict(zip(PEOPLE, state, strict=True))
        if not done.get(author) and done["lee"] <= done["max"]:
            found.append(state)
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_active_people_can_always_pass(name: str) -> None:
    made = SCENARIOS[name]
    start = World.of(made)
    for state in states(made.author):
        world = replace(start)
        for person, standing in zip(PEOPLE, state, strict=True):
            world.wait(seconds=1)
            if standing:
                world.review(account(person), standing)
        world.disturb()
        for _ in range(5):
            decision = world.decide()
            if decision.next is NextStep.DONE:
                break
            world.follow(decision)
        assert decision.next is NextStep.DONE, (state, decision.reasons)


@pytest.mark.parametrize("name", SCENARIOS)
def test_core_passes_without_answers_within_the_periods(name: str) -> None:
    world = World.of(SCENARIOS[name], created_at=NOW, last_push=NOW)
    core = next(login for login in ("lee", "max", "kim") if IDS[login] in world.decide().case.core)
    world.silent = frozenset({IDS["ann"], IDS["bo"]})
    for day in range(25):
        world.disturb()
        outreach = plan_outreach(world.decide())
        for text in (outreach.body if outreach.edit is None else None, outreach.reminder):
            if text is not None:
                world.comment(GATE, text)
        if day == 22 and not world.decide().plugin_side_met:
            world.comment(account(core), f"/override {HEAD} nobody answers")
            world.wait(minutes=1)
        for _ in range(3):
            decision = world.decide()
            if decision.next in {NextStep.CORE, NextStep.AGAIN}:
                world.follow(decision)
        if world.decide().next is NextStep.DONE:
            break
        world.wait(days=1)
    assert world.decide().next is NextStep.DONE, world.decide().reasons
    assert sum(each.account == GATE for each in world.pull.comments) <= 3
    expected = {"row 10": 7, "row 17": 21, "row 20, a plugin moves": 22}.get(name)
    assert expected is None or day == expected


def test_two_core_maintainers_need_not_wait() -> None:
    world = World.of(SCENARIOS["row 9"])
    world.pull = replace(world.pull, comments=(override("kim", 3), override("lee", 2)))
    world.follow(world.decide())
    assert world.decide().next is NextStep.DONE


def test_the_next_read_and_the_end_of_a_draft_pass() -> None:
    reviews = (review("ann", hours=2), review("kim"))
    for facts in ({"unread": (Unread("reviews", "HTTP 502"),)}, {"draft": True}):
        world = World.of(SCENARIOS["row 4"], reviews=reviews, **facts)
        assert world.decide().next in {NextStep.GITHUB, NextStep.READY}
        world.pull = replace(world.pull, unread=(), draft=False)
        assert world.decide().next is NextStep.DONE


def test_a_closed_vote_passes_a_policy() -> None:
    world = World.of(scenario("out", {"governance/policy.toml": "quorum = 1"}))
    world.follow(world.decide())
    assert world.decide().next is NextStep.VOTE
    world.pull = replace(world.pull, vote="votes/1")
    assert world.decide().next is NextStep.DONE


def test_nobody_passes_without_core_and_tsc() -> None:
    alone = {"governance/people.toml": people(kim="core tsc")}
    world = World.of(scenario("kim", {"core/main.py": "2"}, base=alone))
    assert world.decide().next is NextStep.NOBODY
