"""Properties of decisions that hold for every pull request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from commonhold.governance.approvals import decide_approvals, plan_outreach, status_text, summary_markdown
from commonhold.governance.approvals.facts import Account
from tests.governance.generated import changes
from tests.governance.second_opinion import SecondOpinion
from tests.support.approvals import NOW, Change, comment, override, review

if TYPE_CHECKING:
    import random
    from typing import Any, TypeVar

    T = TypeVar("T")


@settings(max_examples=150)
@given(changes())
def test_two_implementations_of_the_rule_agree(pull: Change) -> None:
    passes = SecondOpinion(*pull.read, pull.settings, NOW).passes()
    decision = pull.decide()
    assert (decision.state.value == "success") == passes, decision.reasons
    assert bool(decision.reasons) != passes


def shuffled(items: tuple[T, ...], chance: random.Random) -> tuple[T, ...]:
    return tuple(chance.sample(items, len(items)))


@settings(max_examples=40)
@given(changes(), st.randoms(use_true_random=False))
def test_the_order_of_pages_decides_nothing(pull: Change, chance: random.Random) -> None:
    facts, base, head = pull.read
    lists = ("files", "commits", "reviews", "comments", "timeline")
    mixed: dict[str, Any] = {name: shuffled(getattr(facts, name), chance) for name in lists}
    again = decide_approvals(replace(facts, **mixed), base, head, pull.settings, NOW)
    expected = pull.decide()
    assert (again.state, again.rows, set(again.reasons)) == (expected.state, expected.rows, set(expected.reasons))


OUTSIDERS = (Account("mallory", 900), Account("ann", 901), Account("kim", 902, "Bot"))


@settings(max_examples=40)
@given(
    changes(),
    st.sampled_from(OUTSIDERS),
    st.sampled_from(("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED")),
    st.integers(0, 900),
)
def test_an_unlisted_account_decides_nothing(pull: Change, account: Account, state: str, age: int) -> None:
    said = replace(override("kim", age), id=1, account=account)
    marked = replace(comment("ola", "<!-- commonhold approvals 1@2026-01-01T00:00:00Z -->", age), id=2, account=account)
    more = replace(
        pull,
        reviews=(*pull.reviews, replace(review("ola", state, age), id=1, account=account)),
        comments=(*pull.comments, said, marked),
    )
    before, after = pull.decide(), more.decide()
    assert (after.state, after.next, after.reasons) == (before.state, before.next, before.reasons)
    assert plan_outreach(after) == plan_outreach(before)


@settings(max_examples=40)
@given(changes(), st.sampled_from(("reviews", "comments", "files", "commits")))
def test_repeated_items_never_pass(pull: Change, name: str) -> None:
    facts, base, head = pull.read
    again: dict[str, Any] = {name: getattr(facts, name) * 2}
    twice = replace(facts, **again)
    if twice != facts:
        assert decide_approvals(twice, base, head, pull.settings, NOW).state.value == "pending"


@settings(max_examples=40)
@given(changes(), st.booleans())
def test_texts_are_short_and_mention_only_people_who_are_asked(pull: Change, pushed: bool) -> None:
    decision = pull.decide()
    assert 0 < len(status_text(decision)) <= 140
    assert "@" not in summary_markdown(decision).replace("@&#8203;", "")
    outreach = plan_outreach(decision, pushed=pushed)
    own = sum(each.account is not None and each.account.id == pull.settings.gate_account for each in pull.comments)
    new = bool(outreach.body and outreach.edit is None) + bool(outreach.reminder)
    assert own + new <= 3 or not new
    assert not (pushed and new)
