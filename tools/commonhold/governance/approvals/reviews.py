"""Decide which reviews count (row 3), and which change requests stand (row 22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.governance.approvals.condition import Condition, Refusal, first_refusal
from commonhold.governance.approvals.facts import APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING, USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.facts import ChangedFile, Review

    Moment = tuple[datetime, int]

_COMMENTS = frozenset({COMMENTED, PENDING})
_DELETED = Refusal("account", "the reviewer's account was deleted")


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that counts. ``since`` is the time and the id of the first of the person's latest approvals."""

    person: int
    since: Moment
    latest: Moment


@dataclass(frozen=True, slots=True)
class IgnoredReview:
    """A review that does not count, with the reason."""

    review: Review
    refusal: Refusal


@dataclass(frozen=True)
class Tally:
    """The latest reviews: approvals that count, change requests on head, and reviews that do not count."""

    approvals: Mapping[int, Approval]
    change_requests: Mapping[int, Review]
    ignored: tuple[IgnoredReview, ...]


def _not_approved(_: Case, review: Review) -> str:
    if review.state == DISMISSED:
        return "the review was dismissed"
    return "" if review.state == APPROVED else "the latest review requests changes"


def _not_user(_: Case, review: Review) -> str:
    account = review.account
    return "" if account is not None and account.type == USER else "bots and organizations do not approve"


def _not_on_head(case: Case, review: Review) -> str:
    if is_on_head(case, review):
        return ""
    if review.commit_id is None:
        return "the approved commit no longer exists"
    return f"it approves {review.commit_id[:7]}, and the head is now {case.pull.head_sha[:7]}"


def _before_base_change(case: Case, review: Review) -> str:
    changed = case.base_changed_at
    is_later = changed is None or (review.submitted_at is not None and review.submitted_at > changed)
    return "" if is_later else "the base branch changed after this approval"


def _by_author(case: Case, review: Review) -> str:
    author, account = case.pull.author, review.account
    is_author = author is not None and account is not None and account.id == author.id
    return "authors do not approve their own pull requests" if is_author else ""


COUNTING: tuple[Condition[Review], ...] = (
    Condition("approved", _not_approved),
    Condition("user", _not_user),
    Condition("on-head", _not_on_head),
    Condition("after-base-change", _before_base_change),
    Condition("not-author", _by_author),
)
"""Row 3: the conditions under which the latest review of a person counts, for both sides."""


def is_on_head(case: Case, review: Review) -> bool:
    """Return whether a review is of the head commit or, with the setting ``same-diff``, of the same changes."""
    if review.commit_id is None or review.commit_id == case.pull.head_sha:
        return review.commit_id is not None
    earlier = (case.pull.diffs or {}).get(review.commit_id) if case.settings.same_diff else None
    if earlier is None:
        return False
    now = (case.pull.diffs or {}).get(case.pull.head_sha, case.pull.files)
    return _content(earlier) is not None and _content(earlier) == _content(now)


def _content(files: Iterable[ChangedFile]) -> frozenset[tuple[str, str | None, str, str, int | None]] | None:
    found = set()
    for file in files:
        if file.blob is None:
            return None
        found.add((file.path, file.previous_path, file.status, file.blob, file.mode))
    return frozenset(found)


def tally_reviews(case: Case, counting: Iterable[Condition[Review]] = COUNTING) -> Tally:
    """Find the reviews that count. Only the latest review of each person that is not a comment is considered."""
    approvals: dict[int, Approval] = {}
    change_requests: dict[int, Review] = {}
    ignored: list[IgnoredReview] = []
    conditions = tuple(counting)
    for person, reviews in _by_person(case).items():
        latest = reviews[-1]
        refusal = first_refusal(conditions, case, latest)
        if refusal is None:
            approvals[person] = Approval(person, _since(case, reviews, conditions), moment(latest))
        else:
            ignored.append(IgnoredReview(latest, refusal))
        if latest.state == CHANGES_REQUESTED and is_on_head(case, latest):
            change_requests[person] = latest
    deleted = (review for review in case.pull.reviews if review.account is None and review.state == APPROVED)
    ignored += (IgnoredReview(review, _DELETED) for review in deleted)
    return Tally(approvals, change_requests, tuple(ignored))


def _by_person(case: Case) -> dict[int, list[Review]]:
    found: dict[int, list[Review]] = {}
    for review in sorted(case.pull.reviews, key=_order):
        if review.account is not None and review.state not in _COMMENTS and review.submitted_at is not None:
            found.setdefault(review.account.id, []).append(review)
    return found


def _since(case: Case, reviews: list[Review], conditions: tuple[Condition[Review], ...]) -> Moment:
    """Return when the approval began, so that approving again does not make an earlier core approval too early."""
    first = reviews[-1]
    for review in reversed(reviews):
        if first_refusal(conditions, case, review) is not None:
            break
        first = review
    return moment(first)


def _order(review: Review) -> tuple[float, int]:
    return (review.submitted_at.timestamp() if review.submitted_at is not None else 0.0, review.id)


def moment(review: Review) -> Moment:
    """Return the time of a submitted review, with its id to order reviews of the same second."""
    if review.submitted_at is None:
        raise ValueError("a pending review has no time")
    return review.submitted_at, review.id
