"""Describe GitHub's records: the fields that approvals use, with their types.

A missing field or another type is an error; fields that are not listed here are ignored. Source: GitHub's OpenAPI
description (``pull-request``, ``diff-entry``, ``commit``, ``pull-request-review``, ``issue-comment``,
``timeline-issue-events``, ``branch-with-protection``, ``commit-comparison``).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec

from commonhold.governance.approvals.facts import (
    Account,
    ChangedFile,
    IssueComment,
    PullCommit,
    Review,
    TimelineEvent,
)

Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Sha: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Id: TypeAlias = Annotated[int, msgspec.Meta(gt=0, le=2**63 - 1)]


_CO_AUTHOR = re.compile(r"^co-authored-by:(.+)$", re.MULTILINE | re.IGNORECASE)
_MOST_TRAILERS = 20
_LONGEST_TRAILER = 100


class UserRecord(msgspec.Struct, frozen=True):
    """An account (``simple-user``)."""

    login: str
    id: Id
    type: str

    def value(self) -> Account:
        """Return the account."""
        return Account(self.login, self.id, self.type)


def account_of(record: UserRecord | None) -> Account | None:
    """Return the account, or ``None`` if it was deleted."""
    return record.value() if record else None


class SideRecord(msgspec.Struct, frozen=True):
    """One side of a pull request: the branch and its newest commit."""

    ref: str
    sha: Sha


class PullNumber(msgspec.Struct, frozen=True):
    """A pull request or issue of which only the number is used."""

    number: int


class PullSummary(msgspec.Struct, frozen=True):
    """A pull request in a list (``pull-request-simple``)."""

    number: int
    user: UserRecord | None
    head: SideRecord
    base: SideRecord
    updated_at: Time


class ClosedPull(msgspec.Struct, frozen=True):
    """A closed pull request in a list (``pull-request-simple``); ``merged_at`` is ``None`` if it was not merged."""

    number: int
    head: SideRecord
    base: SideRecord
    merged_at: Time | None


class IssueNote(msgspec.Struct, frozen=True):
    """An issue in a list (``issue``)."""

    number: int
    user: UserRecord | None
    body: str | None = None


class PullRecord(msgspec.Struct, frozen=True):
    """A pull request (``pull-request``)."""

    number: int
    state: str
    user: UserRecord | None
    head: SideRecord
    base: SideRecord
    draft: bool
    commits: int
    changed_files: int
    comments: int
    created_at: Time
    merged_at: Time | None
    requested_reviewers: list[UserRecord]


class FileRecord(msgspec.Struct, frozen=True):
    """A changed file (``diff-entry``)."""

    filename: str
    status: str
    sha: Sha | None
    previous_filename: str | None = None

    def value(self) -> ChangedFile:
        """Return the changed file."""
        return ChangedFile(self.filename, self.previous_filename, self.status, self.sha)


class ParentRecord(msgspec.Struct, frozen=True):
    """A commit of which only the object id is used."""

    sha: Sha


class MessageRecord(msgspec.Struct, frozen=True):
    """The message of a commit."""

    message: str


class CommitRecord(msgspec.Struct, frozen=True):
    """A commit of a pull request (``commit``). Its accounts are empty objects if GitHub does not know the address."""

    sha: Sha
    commit: MessageRecord
    author: dict[str, object] | None
    committer: dict[str, object] | None
    parents: list[ParentRecord]

    def value(self) -> PullCommit:
        """Return the commit."""
        parents = tuple(parent.sha for parent in self.parents)
        trailers = tuple(name.strip()[:_LONGEST_TRAILER] for name in _CO_AUTHOR.findall(self.commit.message))
        author, committer = _account_id(self.author), _account_id(self.committer)
        return PullCommit(self.sha, author, committer, parents, trailers[:_MOST_TRAILERS])


class ReviewRecord(msgspec.Struct, frozen=True):
    """A review (``pull-request-review``)."""

    id: int
    user: UserRecord | None
    state: str
    commit_id: Sha | None
    submitted_at: Time | None = None

    def value(self) -> Review:
        """Return the review."""
        return Review(self.id, account_of(self.user), self.state, self.commit_id, self.submitted_at)


class CommentRecord(msgspec.Struct, frozen=True):
    """A comment (``issue-comment``)."""

    id: int
    user: UserRecord | None
    created_at: Time
    updated_at: Time
    body: str

    def value(self) -> IssueComment:
        """Return the comment."""
        return IssueComment(self.id, account_of(self.user), self.body, self.created_at, self.updated_at)


class EventRecord(msgspec.Struct, frozen=True):
    """An event of the timeline. Some kinds, such as ``committed``, have neither an actor nor a time."""

    event: str
    actor: UserRecord | None = None
    created_at: Time | None = None
    requested_reviewer: UserRecord | None = None

    def value(self) -> TimelineEvent | None:
        """Return the event, or ``None`` if it has no time."""
        if self.created_at is None:
            return None
        subject = account_of(self.requested_reviewer)
        return TimelineEvent(self.event, self.created_at, account_of(self.actor), subject)


class BranchRecord(msgspec.Struct, frozen=True):
    """A branch (``branch-with-protection``)."""

    commit: ParentRecord
    protected: bool


class RefRecord(msgspec.Struct, frozen=True):
    """A branch or tag with its commit (``git-ref``)."""

    ref: str
    object: ParentRecord


class ComparisonRecord(msgspec.Struct, frozen=True):
    """A comparison of two commits (``commit-comparison``)."""

    merge_base_commit: ParentRecord


class StatusRecord(msgspec.Struct, frozen=True):
    """A commit status (``status``)."""

    id: int
    state: str
    context: str
    description: str | None
    target_url: str | None
    created_at: Time
    creator: UserRecord | None


def _account_id(record: dict[str, object] | None) -> int | None:
    number = record.get("id") if record else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None
