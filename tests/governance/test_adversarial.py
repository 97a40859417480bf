"""The gate never passes wrongly, and names the reason of every refusal; each of its conditions is needed for that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commonhold.governance.approvals.evaluate import RULE
from tests.governance.adversarial import EXAMPLES, Example

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.governance.approvals import Decision
    from commonhold.governance.approvals.evaluate import ApprovalRule


def refusals(decision: Decision) -> set[str]:
    """The names of all conditions that refused something."""
    found = {reason.condition for reason in decision.reasons}
    found |= {each.refusal.condition for each in decision.ignored}
    return found | {each.condition for each in decision.overrides}


def is_as_expected(each: Example, rule: ApprovalRule = RULE) -> bool:
    decision = each.pull.decide(rule)
    return each.fulfilled(refusals(decision), decision.state.value, decision.rows)


def test_there_are_enough_examples() -> None:
    assert len({each.name for each in EXAMPLES}) == len(EXAMPLES)
    assert sum(bool(each.refused_by) for each in EXAMPLES) >= 75


@pytest.mark.parametrize("each", EXAMPLES, ids=lambda each: each.name)
def test_an_example_is_decided_as_expected(each: Example) -> None:
    decision = each.pull.decide()
    assert decision.state.value == ("pending" if each.refused_by else "success"), decision.reasons
    assert not each.refused_by or each.refused_by in refusals(decision)
    assert each.row is None or each.row in decision.rows
    assert all(reason.text and reason.row for reason in decision.reasons)
    assert bool(decision.reasons) == bool(each.refused_by)


TUPLES = (
    "reading",
    "asking",
    "lookups",
    "ordinary",
    "governance",
    "bulk",
    "counting",
    "binding",
    "overriding",
    "waits",
)


def weaker_rules() -> Iterator[tuple[str, ApprovalRule]]:
    """The rule without each of its conditions, and with each number of the table one lower."""
    for field in TUPLES:
        parts = getattr(RULE, field)
        for index, part in enumerate(parts):
            name = getattr(part, "name", None) or getattr(part, "number", index)
            fewer: dict[str, Any] = {field: (*parts[:index], *parts[index + 1 :])}
            yield f"{field} {name}", replace(RULE, **fewer)
    for objection in RULE.objections:
        yield f"objection {objection}", replace(RULE, objections=RULE.objections - {objection})
    for row in RULE.rows:
        changes: dict[str, Any] = {}
        if row.maintainers and row.number != 7:
            changes["maintainers"] = row.maintainers - 1
        if row.consent:
            changes["consent"] = False
        if row.binding > 1:
            changes["binding"] = row.binding - 1
        if row.period:
            changes["period"] = None
        if row.objection and row.number != 7:
            changes["objection"] = False
        for key, value in changes.items():
            weaker = replace(row, **{key: value})
            yield f"row {row.number} {key}", replace(RULE, rows=tuple(weaker if r is row else r for r in RULE.rows))


@pytest.mark.parametrize("rule", [pytest.param(rule, id=name) for name, rule in weaker_rules()])
def test_the_examples_notice_a_missing_condition(rule: ApprovalRule) -> None:
    assert any(_differs(each, rule) for each in EXAMPLES)


def test_the_examples_apply_every_row_that_decides() -> None:
    assert {each.row for each in EXAMPLES} >= {*range(1, 26)}


def _differs(each: Example, rule: ApprovalRule) -> bool:
    try:
        return not is_as_expected(each, rule)
    except (KeyError, ValueError, RuntimeError):
        return True  # without a condition, the data cannot even be evaluated
