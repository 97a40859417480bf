"""Find when people were asked, and since when they have not answered."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from commonhold.governance.approvals.facts import REVIEW_REQUESTED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.facts import IssueComment

MARKER = "<!-- commonhold approvals "
"""The beginning of every comment of the gate. The rest of the line lists whom it asks, and since when."""

_ASKED = re.compile(r"(\d{1,19})@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


def own_comments(case: Case) -> tuple[IssueComment, ...]:
    """Return the gate's own comments. Comments by other accounts do not count, whatever they contain."""
    account = case.settings.gate_account
    return tuple(
        comment
        for comment in sorted(case.pull.comments, key=lambda each: (each.created_at, each.id))
        if comment.account is not None and comment.account.id == account and comment.body.startswith(MARKER)
    )


def asked_in(comment: IssueComment) -> dict[int, datetime]:
    """Return whom a comment of the gate asks, and when: never before the comment existed."""
    first_line = comment.body.partition("\n")[0]
    found: dict[int, datetime] = {}
    for person, at in _ASKED.findall(first_line):
        try:
            asked = datetime.fromisoformat(at.replace("Z", "+00:00"))
        except ValueError:
            continue
        found[int(person)] = max(asked, comment.created_at)
    return found


def asked_since(case: Case) -> Mapping[int, datetime]:
    """Return when each person was first asked, by a comment of the gate or by a review request."""
    found: dict[int, datetime] = {}
    for comment in own_comments(case):
        for person, at in asked_in(comment).items():
            found[person] = min(at, found.get(person, at))
    for event in case.pull.timeline:
        if event.kind == REVIEW_REQUESTED and event.subject is not None:
            found[event.subject.id] = min(event.at, found.get(event.subject.id, event.at))
    return found


def silent_since(case: Case, person: int) -> datetime | None:
    """Return since when a person has not answered, or ``None`` if the person was never asked.

    The time of a draft does not count, and neither does the time before the base branch last changed.
    """
    asked = asked_since(case).get(person)
    if asked is None:
        return None
    answers = [review.submitted_at for review in case.pull.reviews if review.account and review.account.id == person]
    answers += [each.updated_at for each in case.pull.comments if each.account and each.account.id == person]
    times = (asked, case.ready_since, case.base_changed_at, *answers)
    return max(time for time in times if time is not None)


def silence_end(case: Case, person: int, period: timedelta) -> datetime | None:
    """Return when a person's silence reached the period, or ``None`` if it has not."""
    since = silent_since(case, person)
    return since + period if since is not None and since + period <= case.now else None
