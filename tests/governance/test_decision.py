"""The decision about a pull request: the usual ways, from the first approval to success."""

from __future__ import annotations

from commonhold.governance.approvals import NextStep
from tests.support.approvals import BULK, EDIT_BULK, SPARK, asked, change, maintained, override, review


def test_a_maintainer_approves_first_and_core_decides() -> None:
    assert change().decide().next is NextStep.PLUGIN
    assert change(reviews=[review("ann", hours=2)]).decide().next is NextStep.CORE
    assert change(reviews=[review("ann", hours=2), review("kim", hours=1)]).decide().next is NextStep.DONE


def test_an_early_core_approval_is_asked_for_again() -> None:
    decision = change(reviews=[review("kim", hours=2), review("bo", hours=1)]).decide()
    assert decision.next is NextStep.AGAIN
    assert decision.binding is not None
    assert decision.binding.early == (11,)


def test_approving_again_does_not_make_a_core_approval_early() -> None:
    reviews = [review("ann", hours=3), review("kim", hours=2), review("ann", hours=1)]
    assert change(reviews=reviews).decide().next is NextStep.DONE


def test_a_bulk_change_needs_no_answer_after_a_week() -> None:
    bulk = {"author": "kim", "base": BULK, "edit": EDIT_BULK, "reviews": [review("lee")]}
    assert change(**bulk, comments=[asked("ann", "dee", days=6, row=10)]).decide().next is NextStep.PLUGIN
    assert change(**bulk, comments=[asked("ann", "dee", days=8, row=10)]).decide().next is NextStep.DONE


def test_the_last_maintainer_resigns_with_core_alone() -> None:
    alone = {f"{SPARK}/governance.toml": maintained("bo")}
    decision = change(author="ann", edit=alone, reviews=[review("kim")]).decide()
    assert decision.next is NextStep.DONE
    assert decision.rows == {3, 16}


def test_an_approval_after_an_override_does_not_make_a_core_approval_early() -> None:
    comments = [override("kim", 5, "security: a leak")]
    decision = change(comments=comments, reviews=[review("lee", hours=3), review("ann", hours=1)]).decide()
    assert decision.next is NextStep.DONE
    assert decision.overridden
