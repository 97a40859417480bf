"""Read everything that decides about a pull request from GitHub, twice, and report what differs.

GitHub answers from several copies of its data, which can be older than each other. So every list that can change is
read again at the end: what was missing or old in one of the two responses differs, and then nothing is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError, ToolError, UsageError
from commonhold.github import GitHubTree, NotFoundError, segment
from commonhold.governance.approvals.facts import PullRequest, Unread, path_sides
from commonhold.governance.approvals.records import (
    BranchRecord,
    CommentRecord,
    CommitRecord,
    ComparisonRecord,
    EventRecord,
    FileRecord,
    PullRecord,
    ReviewRecord,
    StatusRecord,
    account_of,
)
from commonhold.workspace.config.locate import find_rules, rules_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from commonhold.github import GitHub
    from commonhold.governance.approvals.facts import ChangedFile
    from commonhold.tree import Tree

MOST_FILES = 3000
"""The number of changed files that GitHub lists at most."""

MOST_COMMITS = 250
"""The number of commits of a pull request that GitHub lists at most."""


@dataclass(frozen=True)
class Snapshot:
    """The lists of a pull request that can change, as one read returned them."""

    pull: PullRecord
    branch: BranchRecord
    files: tuple[FileRecord, ...]
    commits: tuple[CommitRecord, ...]
    reviews: tuple[ReviewRecord, ...]
    comments: tuple[CommentRecord, ...]
    timeline: tuple[EventRecord, ...]
    statuses: tuple[StatusRecord, ...]


# The statuses are left out: they decide nothing, and another run of the gate may post one meanwhile.
_LISTS = ("pull", "branch", "files", "commits", "reviews", "comments", "timeline")


@dataclass(frozen=True)
class ReadPullRequest:
    """A pull request with the trees of its base branch, its merge base and its head."""

    facts: PullRequest
    base: GitHubTree
    merge_base: GitHubTree
    head: GitHubTree


def read_pull_request(github: GitHub, number: int, context: Callable[[str], str]) -> ReadPullRequest:
    """Read a pull request. ``context`` returns the name of the status for a base branch.

    A part that cannot be confirmed is in ``unread``. Raises ``UsageError`` for a number without a pull request, and
    ``ToolError`` if GitHub cannot be read at all.
    """
    try:
        first = _read(github, number)
    except NotFoundError as error:
        raise UsageError(
            f"{github.repository} has no pull request {number}, or the token may not read it",
            hint="Check the number, --repository and the token's permissions.",
        ) from error
    merge_base = github.read(
        f"/compare/{first.branch.commit.sha}...{first.pull.head.sha}", ComparisonRecord, per_page=1
    ).merge_base_commit.sha
    trees = {sha: GitHubTree(github, sha) for sha in (first.branch.commit.sha, merge_base, first.pull.head.sha)}
    base, start, head = trees[first.branch.commit.sha], trees[merge_base], trees[first.pull.head.sha]
    for tree in trees.values():
        len(tree.entries)  # read now, between the two reads of the lists
    files = tuple(file.value() for file in first.files)
    unread = (*_differences(github, number, first), *_counts(first))
    events = (event.value() for event in first.timeline)
    facts = PullRequest(
        number=number,
        author=account_of(first.pull.user),
        draft=first.pull.draft,
        base_ref=first.pull.base.ref,
        base_tip=first.branch.commit.sha,
        base_protected=first.branch.protected,
        merge_base=merge_base,
        head_sha=first.pull.head.sha,
        changed_files_count=first.pull.changed_files,
        files=files,
        commits_count=first.pull.commits,
        commits=tuple(commit.value() for commit in first.commits),
        created_at=first.pull.created_at,
        reviews=tuple(review.value() for review in first.reviews),
        comments=tuple(comment.value() for comment in first.comments),
        timeline=tuple(event for event in events if event is not None),
        last_push=_last_push(first, context(first.pull.base.ref)),
        settings_changed=_settings_changed(files, start, head),
        requested=frozenset(account.id for account in first.pull.requested_reviewers),
        merged_at=first.pull.merged_at,
        unread=unread,
    )
    return ReadPullRequest(facts, base, start, head)


def _read(github: GitHub, number: int) -> Snapshot:
    pull = github.read(f"/pulls/{number}", PullRecord)
    return Snapshot(
        pull,
        github.read(f"/branches/{segment(pull.base.ref)}", BranchRecord),
        github.read_pages(f"/pulls/{number}/files", FileRecord),
        github.read_pages(f"/pulls/{number}/commits", CommitRecord),
        github.read_pages(f"/pulls/{number}/reviews", ReviewRecord),
        github.read_pages(f"/issues/{number}/comments", CommentRecord),
        github.read_pages(f"/issues/{number}/timeline", EventRecord),
        github.read_pages(f"/commits/{pull.head.sha}/statuses", StatusRecord),
    )


def _differences(github: GitHub, number: int, first: Snapshot) -> tuple[Unread, ...]:
    """Read the lists again, and report those that differ."""
    try:
        last = _read(github, number)
    except ToolError as error:
        return (Unread("the pull request", f"it could not be read a second time: {error.message}"),)
    return tuple(
        Unread(name, "it changed while it was read") for name in _LISTS if getattr(first, name) != getattr(last, name)
    )


def _counts(first: Snapshot) -> tuple[Unread, ...]:
    """Report lists that are not as long as GitHub says, or longer than GitHub lists them."""
    expected: tuple[tuple[str, tuple[Any, ...], int, float], ...] = (
        ("files", first.files, first.pull.changed_files, MOST_FILES),
        ("commits", first.commits, first.pull.commits, MOST_COMMITS),
        ("comments", first.comments, first.pull.comments, float("inf")),
    )
    found = []
    for name, items, count, most in expected:
        if count > most:
            found.append(Unread(name, f"GitHub lists at most {most} of {count}", permanent=True))
        elif len(items) != count:
            found.append(Unread(name, f"{len(items)} of {count} were listed"))
    return tuple(found)


def _settings_changed(files: tuple[ChangedFile, ...], start: Tree, head: Tree) -> bool:
    """Return whether ``[tool.commonhold]`` differs, or cannot be compared."""
    names = rules_files("")
    if not any(side in names for file in files for side in path_sides(file)):
        return False
    try:
        before, after = (find_rules(tree.read(names))[1] for tree in (start, head))
    except ConfigurationError:
        return True
    return bool(before != after)


def _last_push(first: Snapshot, context: str) -> datetime | None:
    """Return when the gate first saw the head commit: after the last push, and by GitHub's clock."""
    seen = [status.created_at for status in first.statuses if status.context == context]
    return min(seen, default=None)
