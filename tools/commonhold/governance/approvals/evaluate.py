"""Decide about a pull request: a pure function of the facts, the owners at base and head, the settings and the time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.governance.approvals.asks import find_asks
from commonhold.governance.approvals.binding import BINDING, judge_binding, only_authors
from commonhold.governance.approvals.case import Case
from commonhold.governance.approvals.condition import Refusal, first_refusal
from commonhold.governance.approvals.decision import Decision, GateState, NextStep, PendingReason
from commonhold.governance.approvals.facts import USER, at_merge
from commonhold.governance.approvals.overrides import OVERRIDING, WAITS, Overriding, find_overrides
from commonhold.governance.approvals.plugin_side import ALWAYS, PluginContext, judge_plugin
from commonhold.governance.approvals.readings import ASKING, READING
from commonhold.governance.approvals.requirements import BULK, GOVERNANCE_ROWS, ORDINARY, Requirement, find_requirements
from commonhold.governance.approvals.reviews import COUNTING, IgnoredReview, tally_reviews
from commonhold.governance.approvals.rules import ROWS
from commonhold.governance.approvals.touched import LOOKUPS, find_touched

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from commonhold.governance.approvals.binding import BindingApproval, BindingResult
    from commonhold.governance.approvals.condition import Condition
    from commonhold.governance.approvals.decision import BindingSide, PluginSide
    from commonhold.governance.approvals.facts import PullRequest, Review
    from commonhold.governance.approvals.gate_settings import GateSettings
    from commonhold.governance.approvals.overrides import OverrideComment, Wait
    from commonhold.governance.approvals.requirements import GovernanceRow, OrdinaryRow
    from commonhold.governance.approvals.reviews import Moment, Tally
    from commonhold.governance.approvals.rules import Row
    from commonhold.governance.approvals.touched import Lookup, Touched
    from commonhold.ownership import Ownership


@dataclass(frozen=True)
class ApprovalRule:
    """The whole rule as data: the table, and every condition that the evaluator applies.

    The tests remove each part in turn, and expect that a case fails.
    """

    rows: tuple[Row, ...] = ROWS
    reading: tuple[Condition[None], ...] = READING
    asking: tuple[Condition[None], ...] = ASKING
    lookups: tuple[Lookup, ...] = LOOKUPS
    ordinary: tuple[OrdinaryRow, ...] = ORDINARY
    governance: tuple[GovernanceRow, ...] = GOVERNANCE_ROWS
    bulk: tuple[Condition[Touched], ...] = BULK
    counting: tuple[Condition[Review], ...] = COUNTING
    binding: tuple[Condition[BindingApproval], ...] = BINDING
    overriding: tuple[Condition[OverrideComment], ...] = OVERRIDING
    waits: tuple[Wait, ...] = WAITS
    objections: frozenset[str] = frozenset({"plugin", "core"})


RULE = ApprovalRule()

_UNREAD = {"base-owners": NextStep.REPAIR, "base-plugin": NextStep.REPAIR, "head-owners": NextStep.AUTHOR}
"""Who acts if reading again does not help (row 1)."""

_UNLISTED = Refusal("listed", "the reviewer is not listed at base for any path that this pull request changes")


def decide_approvals(
    pull: PullRequest,
    base: Ownership,
    head: Ownership,
    settings: GateSettings,
    now: datetime,
    rule: ApprovalRule = RULE,
) -> Decision:
    """Decide about a pull request from its owners at the tip of its base branch and at its head."""
    if (merged := pull.merged_at) is not None:
        pull, now = at_merge(pull, merged), merged
    case = Case(pull, base, head, settings, now)
    if (refusal := first_refusal(rule.reading, case, None)) is not None:
        return _closed(case, 1, refusal, _UNREAD.get(refusal.condition, NextStep.GITHUB))
    if (refusal := first_refusal(rule.asking, case, None)) is not None:
        return _closed(case, 2, refusal, NextStep.READY)
    touched = find_touched(case, rule.lookups)
    tally = tally_reviews(case, rule.counting)
    overriding = find_overrides(case, rule.overriding, rule.waits)
    requirements: dict[str, list[Requirement]] = defaultdict(list)
    for each in find_requirements(case, touched, tally, rule.ordinary, rule.governance, rule.bulk):
        requirements[each.folder].append(each)
    table = {row.number: row for row in rule.rows}
    context = PluginContext(tally, overriding, find_asks(case), table, "plugin" in rule.objections)
    sides = tuple(judge_plugin(case, folder, group, context) for folder, group in sorted(requirements.items()))
    numbers = {each.row for group in requirements.values() for each in group} | touched.rows.keys()
    binding = judge_binding(
        case,
        [table[number] for number in numbers] or [table[12]],
        tally,
        _met_since(sides),
        vote=touched.vote,
        conditions=rule.binding,
        objections="core" in rule.objections,
    )
    rows = frozenset(numbers | _other_rows(case, touched, tally, sides, binding.side))
    return _decision(case, rows, sides, binding, tally, overriding)


def _closed(case: Case, row: int, refusal: Refusal, next_step: NextStep) -> Decision:
    reason = PendingReason(row, refusal.condition, refusal.reason)
    return Decision(case, GateState.PENDING, next_step, (reason,), frozenset({row}))


def _met_since(sides: Iterable[PluginSide]) -> Moment | None:
    """Return the moment from which every plugin's side is met, or ``None``."""
    latest = ALWAYS
    for side in sides:
        for need in side.needs:
            if need.since is None:
                return None
            latest = max(latest, need.since)
    return latest


def _other_rows(
    case: Case, touched: Touched, tally: Tally, sides: tuple[PluginSide, ...], binding: BindingSide
) -> set[int]:
    """Return the rows that need nothing by themselves, for the explanation."""
    pull = case.pull
    approvers = {person for side in sides for need in side.needs for person in need.by}
    is_bot = pull.author is not None and pull.author.type != USER
    applies = {
        3: bool(pull.reviews),
        7: not approvers.isdisjoint(binding.by),
        9: len(sides) > 1,
        20: touched.moved,
        21: is_bot or pull.exact_revert,
        22: bool(tally.change_requests),
        23: any(need.condition == "override" for side in sides for need in side.needs),
        24: binding.is_tsc,
        25: pull.merged_at is not None,
    }
    return {row for row, is_used in applies.items() if is_used}


def _decision(
    case: Case,
    rows: frozenset[int],
    sides: tuple[PluginSide, ...],
    binding: BindingResult,
    tally: Tally,
    overriding: Overriding,
) -> Decision:
    reasons = (*_plugin_reasons(sides), *_binding_reasons(case, binding.side))
    is_done = all(side.is_met for side in sides) and binding.side.is_met
    return Decision(
        case,
        GateState.SUCCESS if is_done else GateState.PENDING,
        NextStep.DONE if is_done else _next_step(case, sides, binding.side),
        reasons,
        rows,
        sides,
        binding.side,
        (*tally.ignored, *_unused(case, binding, sides, tally)),
        overriding.comments,
        23 in rows,
        overriding.waiting,
    )


def _next_step(case: Case, sides: tuple[PluginSide, ...], binding: BindingSide) -> NextStep:
    if case.pull.merged_at is not None:
        return NextStep.MERGED
    if binding.needed == 0:
        return NextStep.NOBODY
    if binding.is_blocked:
        return NextStep.AUTHOR
    unmet = [need for side in sides for need in side.needs if need.since is None]
    if any(not need.asks for need in unmet):
        return NextStep.AUTHOR
    if unmet:
        return NextStep.PLUGIN
    if binding.early and len(binding.by) + len(binding.early) >= binding.needed and not binding.objections:
        return NextStep.AGAIN
    if binding.vote and len(binding.by) >= binding.needed and not binding.objections:
        return NextStep.VOTE
    return NextStep.CORE


def _plugin_reasons(sides: Iterable[PluginSide]) -> Iterable[PendingReason]:
    for side in sides:
        for need in side.needs:
            if need.since is None:
                row = 22 if need.condition == "change-request" else need.row
                yield PendingReason(row, need.condition, f"{side.name}: {need.how}")


def _binding_reasons(case: Case, binding: BindingSide) -> Iterable[PendingReason]:
    if binding.needed == 0:
        yield PendingReason(24, "nobody", "nobody can bind: no core maintainer and no TSC member except the author")
    if binding.is_blocked:
        yield PendingReason(3, "own-commits", f"all {only_authors(case, binding)}")
    if binding.objections:
        yield PendingReason(22, "core-change-request", "a change request by core stands")
    if binding.vote:
        yield PendingReason(13, "vote", "a closed vote is missing")
    missing = binding.needed - len(binding.by)
    if missing > 0:
        who = "TSC" if binding.is_tsc else "core"
        yield PendingReason(binding.row, "binding", f"{missing} binding approval{'s'[: missing - 1]} by {who} missing")


def _unused(case: Case, binding: BindingResult, sides: tuple[PluginSide, ...], tally: Tally) -> Iterable[IgnoredReview]:
    """Yield the approvals that no side uses, with the reason."""
    latest = {review.id: review for review in case.pull.reviews}
    refused = dict(binding.refused)
    useful = {person for side in sides for need in side.needs for person in (*need.by, *need.who)}
    useful |= {person for side in sides for person in case.maintainers(side.folder)} | {*binding.side.by}
    for person, approval in tally.approvals.items():
        refusal = refused.get(person, _UNLISTED if person not in useful else None)
        if refusal is not None:
            yield IgnoredReview(latest[approval.latest[1]], refusal)
