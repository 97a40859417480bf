"""Post the decision as a commit status, only if it says something new and nothing newer was posted meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from commonhold.governance.approvals.last_push import named_pulls
from commonhold.governance.approvals.records import StatusRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.github import GitHub


class Posting(Enum):
    """What happened to a status."""

    POSTED = "posted"
    UNCHANGED = "unchanged"
    """The same status was there already."""

    OUTDATED = "outdated"
    """The head moved, or another run posted a status, since the pull request was read: evaluate it again."""


@dataclass(frozen=True, slots=True)
class GateStatus:
    """A commit status: its name, its state (``pending`` or ``success``), its text, and the page that it links to."""

    context: str
    state: str
    text: str
    details: str | None = None


def status_context(base: str) -> str:
    """Return the name of the status for pull requests to a branch.

    The name contains the branch, because one commit can be the head of pull requests to several branches.

    >>> status_context("release/1.16")
    'approvals (release/1.16)'
    """
    return f"approvals ({base})"


def read_statuses(github: GitHub, head: str) -> tuple[StatusRecord, ...]:
    """Read all statuses of a commit, the newest first."""
    return github.read_pages(f"/commits/{head}/statuses", StatusRecord)


def newest_status(statuses: Iterable[StatusRecord], context: str) -> StatusRecord | None:
    """Return the newest status with a name."""
    return max((each for each in statuses if each.context == context), key=lambda each: each.id, default=None)


def post_status(github: GitHub, head: str, status: GateStatus, before: StatusRecord | None) -> Posting:
    """Post a status on a commit; ``before`` is the newest one that the decision saw.

    Two runs can evaluate the same pull request, and the one that read older data can finish last. So nothing is posted
    if the newest status is not the one that this run saw, and if another run posted one at the same time, both of them
    evaluate again.
    """
    newest = newest_status(read_statuses(github, head), status.context)
    if newest != before:
        return Posting.OUTDATED
    if newest is not None and _is_same(newest, status):
        return Posting.UNCHANGED
    body = {"state": status.state, "context": status.context, "description": status.text, "target_url": status.details}
    posted = github.write("POST", f"/statuses/{head}", body, StatusRecord)
    seen = 0 if before is None else before.id
    since = {each.id for each in read_statuses(github, head) if each.context == status.context and each.id > seen}
    return Posting.POSTED if since <= {posted.id} else Posting.OUTDATED


def _is_same(newest: StatusRecord, status: GateStatus) -> bool:
    """Return whether a status says the same about the same pull requests; another one can have had this head before."""
    is_about_all = named_pulls(status.details) <= named_pulls(newest.target_url)
    return is_about_all and (newest.state, newest.description) == (status.state, status.text)
