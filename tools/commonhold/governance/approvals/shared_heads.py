"""Decide together about open pull requests that have the same head commit and base branch, and so the same status.

They propose the same change, and differ in their author, who may not approve it. Somebody who approved the change in
one of them can be the author of another, so all pull requests by people whom the files list must pass. An author who is
not listed approves nothing, and everybody can open a pull request with the commits of others. So those by outsiders
delay nothing: one that passes is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.errors import ToolError, UsageError
from commonhold.github import BudgetError, RateLimitError
from commonhold.governance.approvals.decision import GateState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from commonhold.governance.approvals.decision import Decision
    from commonhold.governance.approvals.records import PullSummary

MOST_EVALUATED = 6
"""The number of pull requests by outsiders that one run evaluates for a head commit."""


def decide_together(
    pulls: Sequence[PullSummary], evaluate: Callable[[int], Decision], is_current: Callable[[Decision], bool]
) -> tuple[Decision, ...]:
    """Return the decisions that count. ``is_current`` returns whether a pull request still has the head and the base.

    The likely pull requests come first in ``pulls``. Raises the errors of ``evaluate`` if they concern a pull request
    that counts.
    """
    read: dict[int, Decision] = {}
    for first in _readable(pulls, evaluate, read):
        if is_current(first):
            break
    else:
        return (*read.values(),)  # outdated
    insiders = [pull for pull in pulls if pull.user is not None and pull.user.id in first.case.named]
    if insiders:
        return tuple(read.get(pull.number) or evaluate(pull.number) for pull in insiders)
    found = []
    for decision in _readable(pulls, evaluate, read):
        if is_current(decision):
            if decision.state is GateState.SUCCESS:
                return (decision,)
            found.append(decision)
    return tuple(found)


def _readable(
    pulls: Sequence[PullSummary], evaluate: Callable[[int], Decision], read: dict[int, Decision]
) -> Iterator[Decision]:
    """Yield the decisions about the first pull requests that can be read, and keep them in ``read``.

    Raises the last error if none can be read.
    """
    failure: ToolError | UsageError | None = None
    for pull in pulls[:MOST_EVALUATED]:
        try:
            decision = read.get(pull.number) or evaluate(pull.number)
        except (BudgetError, RateLimitError):
            raise
        except (ToolError, UsageError) as error:  # a pull request can be deleted after it was listed
            failure = error
            continue
        read[pull.number] = decision
        yield decision
    if failure is not None and not read:
        raise failure
