"""Define what GitHub reports about a pull request, as frozen values without a network and without a clock.

Times are aware datetimes. Numeric ids identify people; ``None`` stands for an account that was deleted. Texts such as
states are GitHub's own words: the evaluator compares them with the words below, and refuses a word that is not listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

USER = "User"

APPROVED = "APPROVED"
CHANGES_REQUESTED = "CHANGES_REQUESTED"
COMMENTED = "COMMENTED"
DISMISSED = "DISMISSED"
PENDING = "PENDING"
REVIEW_STATES = frozenset({APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING})

RENAMED = "renamed"
COPIED = "copied"
FILE_STATUSES = frozenset({"added", "removed", "modified", RENAMED, COPIED, "changed", "unchanged"})

BASE_CHANGES = frozenset({"base_ref_changed", "base_ref_force_pushed", "automatic_base_change_succeeded"})
HEAD_CHANGES = frozenset({"head_ref_force_pushed", "head_ref_restored", "reopened"})
"""The events after which the head can be a commit that it was before."""

READY_FOR_REVIEW = "ready_for_review"
REVIEW_REQUESTED = "review_requested"
DECIDING_EVENTS = BASE_CHANGES | HEAD_CHANGES | {READY_FOR_REVIEW, REVIEW_REQUESTED}

OUTDATED = "this branch"
"""What is unread if git would merge a change into a file that the base branch moved: its owner is unknown."""


@dataclass(frozen=True)
class Account:
    """An account on GitHub. Its login can change and be given to another person; its id cannot."""

    login: str
    id: int
    type: str = USER
    """``User``, ``Bot``, ``Organization`` or ``Mannequin``. Only a ``User`` can approve."""


@dataclass(frozen=True)
class Review:
    """A submitted review. ``commit_id`` is the reviewed commit, or ``None`` if it no longer exists."""

    id: int
    account: Account | None
    state: str
    commit_id: str | None
    submitted_at: datetime | None
    """``None`` for a review that is not submitted (``PENDING``)."""


@dataclass(frozen=True)
class IssueComment:
    """A comment on the pull request (not on a line of its diff)."""

    id: int
    account: Account | None
    body: str
    created_at: datetime
    updated_at: datetime

    @property
    def edited(self) -> bool:
        """Whether the text was changed after it was posted."""
        return self.updated_at != self.created_at


@dataclass(frozen=True)
class ChangedFile:
    """A file that differs from the merge base. ``blob`` is the object id of its content at head."""

    path: str
    previous_path: str | None
    """The former path of a renamed or copied file."""

    status: str
    blob: str | None
    mode: int | None = None


@dataclass(frozen=True)
class PullCommit:
    """A commit of the pull request. The ids are those of the accounts that GitHub matches by e-mail address."""

    sha: str
    author_id: int | None
    committer_id: int | None
    parents: tuple[str, ...]
    trailers: tuple[str, ...] = ()
    """People named by ``Co-authored-by``. They are shown, and decide nothing."""

    @property
    def is_merge(self) -> bool:
        """Whether the commit has several parents, as "Update branch" makes it."""
        return len(self.parents) > 1


@dataclass(frozen=True)
class TimelineEvent:
    """An event of the pull request, by GitHub's name for it. Events with other names are ignored."""

    kind: str
    at: datetime
    actor: Account | None
    subject: Account | None = None
    """The person whose review was requested."""


@dataclass(frozen=True)
class Unread:
    """A part of the data that was not read completely, or that changed between the first and the last read."""

    what: str
    """A noun, such as ``reviews`` or ``governance/people.toml at base``."""

    why: str
    """A clause after the noun and a colon, such as ``page 3 answered HTTP 502``."""

    permanent: bool = False
    """Whether reading again cannot help, as for more files than GitHub lists."""

    people: frozenset[int] | None = None
    """The accounts whose items differ, if only those do: it matters only if one of them is listed."""


@dataclass(frozen=True)
class PullRequest:
    """Everything that decides about a pull request, as read during one evaluation."""

    number: int
    author: Account | None
    draft: bool
    base_ref: str
    base_tip: str
    """The commit at the tip of ``base_ref``, read once; never the ``base.sha`` of an event's payload."""

    base_protected: bool
    merge_base: str
    head_sha: str
    changed_files_count: int
    """The count that GitHub reports, which the number of ``files`` must confirm."""

    files: tuple[ChangedFile, ...]
    commits_count: int
    commits: tuple[PullCommit, ...]
    created_at: datetime
    reviews: tuple[Review, ...] = ()
    comments: tuple[IssueComment, ...] = ()
    timeline: tuple[TimelineEvent, ...] = ()

    last_push: datetime | None = None
    """The time of the last push, or a later time, by GitHub's clock, or ``None``. Only overrides need it."""

    diffs: Mapping[str, tuple[ChangedFile, ...]] | None = None
    """The changed files of reviewed commits and head, each from its own merge base, for the setting ``same-diff``."""

    settings_changed: bool = True
    """Whether ``[tool.commonhold]`` differs between merge base and head, or may differ. Only its file is asked."""

    exact_revert: bool = False
    """Whether the diff is exactly the inverse of one commit on the base branch."""

    vote: str | None = None
    """The record at base of a vote that is closed, was won, and is about this pull request."""

    requestable: frozenset[int] = frozenset()
    """The people whose review GitHub lets a workflow request (collaborators of the repository)."""

    requested: frozenset[int] = frozenset()
    """The people whose review is requested now."""

    merged_at: datetime | None = None
    unread: tuple[Unread, ...] = ()


def at_merge(pull: PullRequest, at: datetime) -> PullRequest:
    """Return a merged pull request without what happened after the merge."""
    return replace(
        pull,
        reviews=tuple(each for each in pull.reviews if each.submitted_at is None or each.submitted_at <= at),
        comments=tuple(each for each in pull.comments if each.created_at <= at),
        timeline=tuple(event for event in pull.timeline if event.at <= at),
    )


def path_sides(file: ChangedFile) -> tuple[str, ...]:
    """Return the path of a changed file and, if it was renamed or copied, its former path."""
    return (file.path,) if file.previous_path is None else (file.path, file.previous_path)
