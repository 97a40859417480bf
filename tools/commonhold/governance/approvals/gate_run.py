"""Run the gate: evaluate pull requests, and post one status for each head commit and base branch."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ToolError
from commonhold.github import BudgetError, RateLimitError
from commonhold.governance.approvals.decision import GateState
from commonhold.governance.approvals.evaluation import evaluate_pull_request
from commonhold.governance.approvals.gate_settings import GateMode
from commonhold.governance.approvals.post import Posting, newest_status, post_status, status_context
from commonhold.governance.approvals.records import StatusRecord
from commonhold.governance.approvals.status import combined_status, unreadable_status
from commonhold.governance.approvals.targets import open_pull_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from commonhold.github import GitHub
    from commonhold.governance.approvals.evaluation import Evaluation
    from commonhold.governance.approvals.records import PullSummary
    from commonhold.governance.approvals.targets import Target

_ATTEMPTS = 3


@dataclass(frozen=True)
class GateResult:
    """The result for the open pull requests that share a head commit and a base branch.

    ``error`` is why they could not be read. ``posting`` is ``None`` in shadow mode.
    """

    numbers: tuple[int, ...]
    state: GateState
    text: str
    evaluations: tuple[Evaluation, ...] = ()
    posting: Posting | None = None
    error: ToolError | None = None


def run_gate(github: GitHub, target: Target, clock: Callable[[], datetime]) -> Iterator[GateResult]:
    """Evaluate the open pull requests of a target, and post their statuses.

    Raises ``RateLimitError`` or ``BudgetError`` if GitHub accepts no more requests; the results until then are valid,
    and the next run continues. A pull request that cannot be read is pending, and the others are evaluated.
    """
    opened = open_pull_requests(github)
    groups: dict[tuple[str, str], list[PullSummary]] = {}
    for pull in target.choose(opened):
        groups.setdefault((pull.head.sha, pull.base.ref), [])
    for pull in opened:
        if (pull.head.sha, pull.base.ref) in groups:
            groups[pull.head.sha, pull.base.ref].append(pull)
    for members in groups.values():
        yield _run_group(github, members, clock)


def _run_group(github: GitHub, members: Sequence[PullSummary], clock: Callable[[], datetime]) -> GateResult:
    numbers = tuple(pull.number for pull in members)
    result = GateResult(numbers, GateState.PENDING, "")
    for _ in range(_ATTEMPTS):
        try:
            result = _evaluate(github, numbers, clock)
        except (BudgetError, RateLimitError):
            raise
        except ToolError as error:
            return _unreadable(github, members[0], numbers, unreadable_status(clock()), error)
        if result.posting is not Posting.OUTDATED:
            break
    return result


def _evaluate(github: GitHub, numbers: tuple[int, ...], clock: Callable[[], datetime]) -> GateResult:
    evaluations = tuple(evaluate_pull_request(github, number, clock()) for number in numbers)
    state, text = combined_status([each.decision for each in evaluations])
    first = evaluations[0]
    pull = first.decision.case.pull
    posting = None
    if all(each.decision.case.settings.mode is GateMode.REQUIRED for each in evaluations):
        posting = post_status(github, pull.number, pull.head_sha, first.context, state.value, text, first.status)
    return GateResult(numbers, state, text, evaluations, posting)


def _unreadable(github: GitHub, pull: PullSummary, numbers: tuple[int, ...], text: str, error: ToolError) -> GateResult:
    """Withdraw an earlier status of a pull request that cannot be read. Without a status, GitHub waits for one."""
    posting = None
    context = status_context(pull.base.ref)
    with contextlib.suppress(ToolError):
        statuses = github.read_pages(f"/commits/{pull.head.sha}/statuses", StatusRecord)
        newest = newest_status(statuses, context)
        if newest is not None:
            state = GateState.PENDING.value
            posting = post_status(github, pull.number, pull.head.sha, context, state, text, newest)
    return GateResult(numbers, GateState.PENDING, text, posting=posting, error=error)
