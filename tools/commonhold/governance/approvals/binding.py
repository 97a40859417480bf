"""Decide whether core's side is met: the binding approvals (rows 12 to 14 and 24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.governance.approvals.condition import Condition, first_refusal
from commonhold.governance.approvals.decision import BindingSide
from commonhold.text import and_more

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.condition import Refusal
    from commonhold.governance.approvals.reviews import Approval, Moment, Tally
    from commonhold.governance.approvals.rules import Row


_MOST_NAMES = 4


@dataclass(frozen=True)
class BindingApproval:
    """An approval that may be binding: who can bind, and since when the plugin's side is met."""

    approval: Approval
    binders: frozenset[int]
    plugin_since: Moment | None


def _not_binder(_: Case, each: BindingApproval) -> str:
    if each.approval.person in each.binders:
        return ""
    return "the reviewer is not listed at base as someone whose approval is binding"


def _commit_author(case: Case, each: BindingApproval) -> str:
    is_author = each.approval.person in case.commit_authors
    return "core maintainers do not approve pull requests that contain their own commits" if is_author else ""


def _too_early(case: Case, each: BindingApproval) -> str:
    if not case.settings.ordered:
        return ""
    if each.plugin_since is None:
        return "the plugin's side is not met yet: please approve again afterwards"
    is_early = each.approval.latest < each.plugin_since
    return "it was given before the plugin's side was met: please approve again" if is_early else ""


BINDING: tuple[Condition[BindingApproval], ...] = (
    Condition("binder", _not_binder),
    Condition("not-commit-author", _commit_author),
    Condition("order", _too_early),
)
"""The conditions under which an approval that counts is also binding."""


@dataclass(frozen=True)
class BindingResult:
    """Core's side, and the approvals that are not binding although they could be."""

    side: BindingSide
    refused: tuple[tuple[int, Refusal], ...] = ()


def judge_binding(
    case: Case,
    rows: Iterable[Row],
    tally: Tally,
    plugin_since: Moment | None,
    *,
    vote: bool = False,
    conditions: Iterable[Condition[BindingApproval]] = BINDING,
    objections: bool = True,
) -> BindingResult:
    """Return core's side. ``plugin_since`` is the moment from which the plugin's side is met, if it is."""
    conditions = tuple(conditions)
    row = max(rows, key=lambda each: (each.binding, each.number))
    others = frozenset({case.pull.author.id} if case.pull.author else ())
    core, tsc = case.core - others, case.tsc - others
    binders = core or tsc
    needed = min(row.binding, len(binders)) if core else min(1, len(tsc))
    counted: list[int] = []
    early: list[int] = []
    refused: list[tuple[int, Refusal]] = []
    for person, approval in sorted(tally.approvals.items(), key=lambda item: item[1].latest):
        refusal = first_refusal(conditions, case, BindingApproval(approval, binders, plugin_since))
        if refusal is None:
            counted.append(person)
            continue
        if person in binders:
            refused.append((person, refusal))
        if refusal.condition == "order":
            early.append(person)
    objecting = tuple(sorted(binders & tally.change_requests.keys())) if objections else ()
    who = tuple(sorted(binders - {*counted} - case.commit_authors))
    missing_vote = vote and case.pull.vote is None
    number = row.number if core else 24
    authors = tuple(sorted(binders & case.commit_authors - {*counted}))
    side = BindingSide(number, needed, tuple(counted), who, tuple(early), objecting, not core, missing_vote, authors)
    return BindingResult(side, tuple(refused))


def only_authors(case: Case, binding: BindingSide) -> str:
    """Return the clause, after "all", that says why nobody is left to approve."""
    group = "TSC members" if binding.is_tsc else "core maintainers"
    others = "other " if binding.by or (case.author_id in case.core and not binding.is_tsc) else ""
    names = ", ".join(map(case.login, binding.authors[:_MOST_NAMES])) + and_more(len(binding.authors), _MOST_NAMES)
    return f"{others}{group} wrote commits of this pull request: {names}"
