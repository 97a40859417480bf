"""Run the gate: evaluate pull requests, and post one status for each head commit and base branch."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from commonhold.errors import ToolError, UsageError
from commonhold.github import BudgetError, RateLimitError, ShareError
from commonhold.governance.approvals.decision import GateState, NextStep
from commonhold.governance.approvals.evaluation import evaluate_pull_request
from commonhold.governance.approvals.gate_settings import GateMode
from commonhold.governance.approvals.last_push import named_pulls, naming_pulls
from commonhold.governance.approvals.merge_groups import find_merge_groups
from commonhold.governance.approvals.post import (
    GateStatus,
    Posting,
    newest_status,
    post_status,
    read_statuses,
    status_context,
)
from commonhold.governance.approvals.read import PullReader
from commonhold.governance.approvals.shared_heads import decide_together
from commonhold.governance.approvals.status import combined_status, unreadable_status
from commonhold.governance.approvals.targets import open_pull_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from commonhold.github import GitHub
    from commonhold.governance.approvals.decision import Decision
    from commonhold.governance.approvals.records import PullSummary, StatusRecord
    from commonhold.governance.approvals.targets import Target

_ATTEMPTS = 3
_RECENT = timedelta(hours=2)
_RUN_SECONDS = 1800
_STEP = 7  # about the number of pull requests that one run evaluates
_MOST_STATUSES = 60

_SHARE = 250
"""The number of requests for one pull request; a pull request of 200 plugins needs fewer."""

_TOO_LARGE = f"Author: split this pull request; reading it takes more than {_SHARE} requests to GitHub"


@dataclass(frozen=True)
class GateResult:
    """The result for the open pull requests that share a head commit and a base branch, or for a merge group.

    ``error`` is why they could not be read. ``posting`` is ``None`` in shadow mode.
    """

    numbers: tuple[int, ...]
    state: GateState
    text: str
    decisions: tuple[Decision, ...] = ()
    posting: Posting | None = None
    error: ToolError | UsageError | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """What one status is about: pull requests whose decisions count together, and the commit that gets the status."""

    base: str
    head: str
    pulls: tuple[PullSummary, ...] = ()
    queued: tuple[int, ...] = ()
    """The pull requests of a merge group, which all count."""

    in_queue: bool = False
    is_complete: bool = True
    updated: datetime | None = None
    details: str | None = None

    @property
    def context(self) -> str:
        return status_context(self.base)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys((*self.queued, *sorted(pull.number for pull in self.pulls))))

    def is_about(self, decision: Decision) -> bool:
        """Return whether the pull request is still the one of this group: its head may have moved since."""
        pull = decision.case.pull
        return pull.base_ref == self.base and (self.in_queue or pull.head_sha == self.head)


def run_gate(
    github: GitHub, target: Target, clock: Callable[[], datetime], details: str | None = None
) -> Iterator[GateResult]:
    """Evaluate the open pull requests and merge groups of a target, and post their statuses, which link to ``details``.

    Raises ``RateLimitError`` or ``BudgetError`` if GitHub accepts no more requests; the results until then are valid,
    and the next run continues. A pull request that cannot be read is pending, and the others are evaluated.
    """
    reader = PullReader(github)
    opened = open_pull_requests(github)
    for group in chain(_merge_groups(github, target, opened), _pull_groups(github, target, opened, clock())):
        yield _run_group(github, reader, replace(group, details=details), clock)


def _merge_groups(github: GitHub, target: Target, opened: Iterable[PullSummary]) -> Iterator[_Group]:
    if not target.numbers:
        for each in find_merge_groups(github, target.heads):
            # A commit has one status for a base. A branch of the queue must not lend its own to a pull request.
            same = tuple(pull for pull in opened if (pull.base.ref, pull.head.sha) == (each.base, each.head))
            yield _Group(each.base, each.head, same, each.numbers or (), True, each.numbers is not None)


def _pull_groups(github: GitHub, target: Target, opened: Sequence[PullSummary], now: datetime) -> Iterator[_Group]:
    members: dict[tuple[str, str], list[PullSummary]] = {
        (pull.base.ref, pull.head.sha): [] for pull in target.choose(opened)
    }
    for pull in opened:
        if (pull.base.ref, pull.head.sha) in members:
            members[pull.base.ref, pull.head.sha].append(pull)
    groups = [
        _Group(base, head, tuple(_targets_first(pulls, target)), updated=max(pull.updated_at for pull in pulls))
        for (base, head), pulls in members.items()
    ]
    return _in_order(github, groups, now)


def _targets_first(pulls: Iterable[PullSummary], target: Target) -> Iterable[PullSummary]:
    return sorted(pulls, key=lambda pull: (pull.number not in target.numbers, pull.number))


def _in_order(github: GitHub, groups: Sequence[_Group], now: datetime) -> Iterator[_Group]:
    """Yield first what matters most, because one run cannot evaluate hundreds of pull requests.

    First come those that changed lately, whose event may have been held back; then those that passed, because a
    person's rights may have ended since; then the others. Each run starts at another one, so that no number of changes
    to other pull requests keeps one from its turn.
    """
    recent = [group for group in groups if group.updated is not None and now - group.updated < _RECENT]
    yield from recent if len(recent) <= _STEP else _rotated(recent, now)
    others = _rotated([group for group in groups if group not in recent], now)
    if len(others) <= 1:
        yield from others
        return
    passed = [group for group in others[:_MOST_STATUSES] if _has_passed(github, group)]
    yield from passed
    yield from (group for group in others if group not in passed)


def _rotated(groups: Sequence[_Group], now: datetime) -> Sequence[_Group]:
    start = int(now.timestamp() // _RUN_SECONDS) * _STEP % (len(groups) or 1)
    return [*groups[start:], *groups[:start]]


def _has_passed(github: GitHub, group: _Group) -> bool:
    newest = newest_status(read_statuses(github, group.head), group.context)
    return newest is not None and newest.state == GateState.SUCCESS.value


def _run_group(github: GitHub, reader: PullReader, group: _Group, clock: Callable[[], datetime]) -> GateResult:
    github.budget.share = _SHARE
    try:
        return _evaluate_group(github, reader, group, clock)
    except (BudgetError, RateLimitError):
        raise
    except (ToolError, UsageError) as error:  # a pull request can be deleted after it was listed
        github.budget.share = None
        text = _TOO_LARGE if isinstance(error, ShareError) else unreadable_status(clock())
        return _unreadable(github, group, text, error)
    finally:
        github.budget.share = None


def _evaluate_group(github: GitHub, reader: PullReader, group: _Group, clock: Callable[[], datetime]) -> GateResult:
    result = GateResult(group.numbers, GateState.PENDING, "")
    for attempt in range(_ATTEMPTS):
        before = newest_status(read_statuses(github, group.head), group.context)
        decisions = _decide(github, reader, group, before, clock)
        if attempt == 0 and any(map(_can_be_read_better, decisions)):
            continue
        state, text = combined_status(decisions, complete=group.is_complete, several=len(group.numbers) > 1)
        posting = None
        if not all(map(group.is_about, decisions)):
            posting = Posting.OUTDATED
        elif before is not None or (decisions and all(map(_is_required, decisions))):
            # A head that the queue built is no head of the pull requests in it.
            decided = () if group.in_queue else [each.case.pull.number for each in decisions]
            page = naming_pulls(group.details, decided)
            posting = post_status(github, group.head, GateStatus(group.context, state.value, text, page), before)
        result = GateResult(group.numbers, state, text, decisions, posting)
        if posting is not Posting.OUTDATED:
            break
    return result


def _decide(
    github: GitHub, reader: PullReader, group: _Group, before: StatusRecord | None, clock: Callable[[], datetime]
) -> tuple[Decision, ...]:
    def evaluate(number: int) -> Decision:
        github.budget.share = _SHARE
        return evaluate_pull_request(reader, number, clock())

    if group.in_queue:
        return tuple(map(evaluate, group.numbers))
    # The one that passed before comes first, because no outsider's can be evaluated before it then.
    named = named_pulls(before.target_url) if before is not None and before.state == GateState.SUCCESS.value else ()
    pulls = sorted(group.pulls, key=lambda pull: str(pull.number) not in named)
    return decide_together(pulls, evaluate, group.is_about)


def _can_be_read_better(decision: Decision) -> bool:
    """Return whether something changed while it was read: the event about that may not start a run."""
    return decision.next is NextStep.GITHUB and not any(each.permanent for each in decision.case.pull.unread)


def _is_required(decision: Decision) -> bool:
    """Return whether a status is posted even if there is none yet. One that is there is always kept right."""
    return decision.case.settings.mode is GateMode.REQUIRED


def _unreadable(github: GitHub, group: _Group, text: str, error: ToolError | UsageError) -> GateResult:
    """Withdraw an earlier status of pull requests that cannot be read. Without a status, GitHub waits for one."""
    posting = None
    with contextlib.suppress(ToolError):
        newest = newest_status(read_statuses(github, group.head), group.context)
        if newest is not None:
            status = GateStatus(group.context, GateState.PENDING.value, text, group.details)
            posting = post_status(github, group.head, status, newest)
    return GateResult(group.numbers, GateState.PENDING, text, posting=posting, error=error)
