"""Find when people were asked, and since when they have not answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from commonhold.governance.approvals.facts import REVIEW_REQUESTED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.facts import IssueComment

    Asked = Mapping[tuple[int, str], datetime]

MARKER = "<!-- commonhold approvals "
"""The beginning of every comment of the gate. The rest of the line lists whom it asks for what, and since when."""

_ASKED = re.compile(r"(\d{1,19})(?:\.([0-9a-f.]{1,20}))?@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


def ask_key(row: int, folder: str, head: str) -> str:
    """Return what a person is asked for, if silence can count as consent; "" for a usual review.

    Somebody who was asked for a review and did not answer has not been asked about a removal that was pushed later, and
    somebody who was asked about a bulk change has not been asked about another head.
    """
    if row == 10:
        return f"10.{head[:12]}"
    return f"17.{sha256(folder.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}" if row == 17 else ""


def asked_in(comment: IssueComment) -> dict[tuple[int, str], datetime]:
    """Return whom a comment of the gate asks for what, and when: never before the comment existed."""
    first_line = comment.body.partition("\n")[0]
    found: dict[tuple[int, str], datetime] = {}
    for person, key, at in _ASKED.findall(first_line):
        try:
            asked = datetime.fromisoformat(at.replace("Z", "+00:00"))
        except ValueError:
            continue
        found[int(person), key] = max(asked, comment.created_at)
    return found


@dataclass(frozen=True)
class Asks:
    """The gate's own comments, when they or a review request first asked each person, and the latest answers."""

    comments: tuple[IssueComment, ...] = ()
    asked: Asked = field(default_factory=dict)
    answered: Mapping[int, datetime] = field(default_factory=dict)

    def first(self, person: int) -> datetime | None:
        """Return when a person was first asked for anything."""
        return min((at for (asked, _), at in self.asked.items() if asked == person), default=None)

    def silence_end(self, case: Case, person: int, key: str, period: timedelta) -> datetime | None:
        """Return when a person's silence reached the period, or ``None`` if it has not, or nobody asked.

        The time of a draft does not count, and neither does the time before the base branch last changed.
        """
        asked = self.asked.get((person, key))
        if asked is None:
            return None
        times = (asked, case.ready_since, case.base_changed_at, self.answered.get(person))
        end = max(time for time in times if time is not None) + period
        return end if end <= case.now else None


def find_asks(case: Case) -> Asks:
    """Find the gate's own comments, whom they ask, and the answers. Comments by other accounts ask nobody."""
    pull, account = case.pull, case.settings.gate_account
    own = tuple(
        comment
        for comment in sorted(pull.comments, key=lambda each: (each.created_at, each.id))
        if comment.account is not None and comment.account.id == account and comment.body.startswith(MARKER)
    )
    asked: dict[tuple[int, str], datetime] = {}
    found = [item for comment in own for item in asked_in(comment).items()]
    requests = (event for event in pull.timeline if event.kind == REVIEW_REQUESTED)
    found += [((event.subject.id, ""), event.at) for event in requests if event.subject is not None]
    for key, at in found:
        asked[key] = min(at, asked.get(key, at))
    answers = [(each.account, each.submitted_at) for each in pull.reviews]
    answers += [(each.account, each.updated_at) for each in pull.comments]
    answered: dict[int, datetime] = {}
    for person, at_ in answers:
        if person is not None and at_ is not None:
            answered[person.id] = max(at_, answered.get(person.id, at_))
    return Asks(own, asked, answered)
