"""Read everything that decides about a pull request from GitHub, twice, and report what differs.

GitHub answers from several copies of its data, which can be older than each other. So every list that can change is
read again at the end: what was missing or old in one of the two responses differs, and then nothing is decided. What
an account writes or deletes meanwhile concerns that account alone: otherwise, anybody who comments often enough could
delay the decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from commonhold.errors import ConfigurationError, ToolError, UsageError
from commonhold.github import GitHubTree, NotFoundError, ResponseError, segment
from commonhold.governance.approvals.facts import (
    COPIED,
    DECIDING_EVENTS,
    OUTDATED,
    PullRequest,
    Unread,
    path_sides,
)
from commonhold.governance.approvals.records import (
    BranchRecord,
    CommentRecord,
    CommitRecord,
    ComparisonRecord,
    EventRecord,
    FileRecord,
    PullRecord,
    ReviewRecord,
    UserRecord,
    account_of,
)
from commonhold.workspace.config.locate import find_rules, rules_files

if TYPE_CHECKING:
    from commonhold.github import GitHub
    from commonhold.governance.approvals.facts import ChangedFile
    from commonhold.tree import Tree

MOST_FILES = 3000
"""The number of changed files that GitHub lists at most."""

_MOST_SETTINGS = 1 << 20
"""The size up to which a file with settings is compared; authors can write one that takes a minute to parse."""

MOST_COMMITS = 250
"""The number of commits of a pull request that GitHub lists at most."""


@dataclass(frozen=True)
class Snapshot:
    """The lists of a pull request that can change, as one read returned them."""

    pull: PullRecord
    comments: tuple[CommentRecord, ...]
    branch: BranchRecord
    files: tuple[FileRecord, ...]
    commits: tuple[CommitRecord, ...]
    reviews: tuple[ReviewRecord, ...]
    timeline: tuple[EventRecord, ...]


_FIXED = ("branch", "files", "commits")


@dataclass(frozen=True)
class ReadPullRequest:
    """A pull request with the trees of its base branch, its merge base and its head."""

    facts: PullRequest
    base: GitHubTree
    start: GitHubTree
    head: GitHubTree


class PullReader:
    """A reader of pull requests, which reads what they have in common once."""

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self._trees: dict[str, GitHubTree] = {}
        self._contents: dict[str, bytes] = {}

    def read(self, number: int) -> ReadPullRequest:
        """Read a pull request. A part that cannot be confirmed is in ``unread``.

        Raises ``UsageError`` for a number without a pull request, and ``ToolError`` if GitHub cannot be read at all.
        """
        try:
            first = _read(self.github, number)
        except NotFoundError as error:
            raise UsageError(
                f"{self.github.repository} has no pull request {number}, or the token may not read it",
                hint="Check the number, --repository and the token's permissions.",
            ) from error
        base_tip, head_sha = first.branch.commit.sha, first.pull.head.sha
        comparison = self.github.read(f"/compare/{base_tip}...{head_sha}", ComparisonRecord, per_page=1)
        base, start = self.tree(base_tip), self.tree(comparison.merge_base_commit.sha)
        head = GitHubTree(self.github, head_sha, self._contents)
        len(base.entries), len(start.entries), len(head.entries)  # read between the two reads of the lists
        last, differences = _read_again(self.github, number, first)
        files = tuple(file.value() for file in last.files)
        unread = (*_tree_differences(files, start, head), *differences, *_counts(first, last))
        unread += _moved_at_base(files, start, head, base)
        events = (event.value() for event in last.timeline)
        facts = PullRequest(
            number=number,
            author=account_of(last.pull.user),
            draft=last.pull.draft,
            base_ref=last.pull.base.ref,
            base_tip=base_tip,
            base_protected=last.branch.protected,
            merge_base=start.commit,
            head_sha=head_sha,
            changed_files_count=last.pull.changed_files,
            files=files,
            commits_count=last.pull.commits,
            commits=tuple(commit.value() for commit in last.commits),
            created_at=last.pull.created_at,
            reviews=tuple(review.value() for review in last.reviews),
            comments=tuple(comment.value() for comment in last.comments),
            timeline=tuple(event for event in events if event is not None),
            settings_changed=_settings_changed(files, start, head),
            requestable=self._collaborators,
            requested=frozenset(account.id for account in last.pull.requested_reviewers),
            merged_at=last.pull.merged_at,
            unread=unread,
        )
        return ReadPullRequest(facts, base, start, head)

    def tree(self, commit: str) -> GitHubTree:
        """Return the tree of a commit on a base branch; many pull requests have the same."""
        return self._trees.setdefault(commit, GitHubTree(self.github, commit, self._contents))

    @cached_property
    def _collaborators(self) -> frozenset[int]:
        """The people whose review can be requested; nobody if GitHub does not list them."""
        try:
            return frozenset(user.id for user in self.github.read_pages("/assignees", UserRecord))
        except (NotFoundError, ResponseError):
            return frozenset()


def _tree_differences(files: tuple[ChangedFile, ...], start: Tree, head: Tree) -> tuple[Unread, ...]:
    """Compare the list of files with git's trees, which their object ids protect."""
    paths = start.entries.keys() | head.entries.keys()
    changed = {path for path in paths if start.entries.get(path) != head.entries.get(path)}
    sides = ((file.path,) if file.status == COPIED else path_sides(file) for file in files)
    listed = {side for each in sides for side in each}
    return () if changed == listed else (Unread("files", "the list differs from the trees of the commits"),)


def _moved_at_base(files: tuple[ChangedFile, ...], start: Tree, head: Tree, base: Tree) -> tuple[Unread, ...]:
    """Report a changed file that the base branch no longer has: git may merge the change into the file's new path."""
    sides = (side for file in files for side in path_sides(file))
    gone = (side for side in sides if side in start.entries and side in head.entries and side not in base.entries)
    path = next(gone, None)
    if path is None:
        return ()
    return (Unread(OUTDATED, f"merge the base branch, which moved or deleted {path!a}", permanent=True),)


def _read(github: GitHub, number: int) -> Snapshot:
    pull = github.read(f"/pulls/{number}", PullRecord)
    return Snapshot(
        pull,
        # Read first, because the pull request says how many there are, and anybody can delete theirs meanwhile.
        github.read_log(f"/issues/{number}/comments", CommentRecord),
        github.read(f"/branches/{segment(pull.base.ref)}", BranchRecord),
        github.read_pages(f"/pulls/{number}/files", FileRecord),
        github.read_pages(f"/pulls/{number}/commits", CommitRecord),
        github.read_log(f"/pulls/{number}/reviews", ReviewRecord),
        github.read_log(f"/issues/{number}/timeline", EventRecord),
    )


def _read_again(github: GitHub, number: int, first: Snapshot) -> tuple[Snapshot, tuple[Unread, ...]]:
    """Read the lists again. Return them, and what differs from the first read."""
    try:
        last = _read(github, number)
    except ToolError as error:
        return first, (Unread("the pull request", f"it could not be read a second time: {error.message}"),)
    different = [name for name in _FIXED if getattr(first, name) != getattr(last, name)]
    if _deciding(first.timeline) != _deciding(last.timeline):
        different.append("timeline")
    if msgspec.structs.replace(first.pull, comments=last.pull.comments) != last.pull:
        different.append("pull")
    unread = [Unread(name, "it changed while it was read") for name in different]
    # Anybody can write and delete comments all the time, so only those of listed people matter.
    for name in ("reviews", "comments"):
        before, after = _by_person(getattr(first, name)), _by_person(getattr(last, name))
        people = frozenset(id_ for id_ in before.keys() | after.keys() if before.get(id_) != after.get(id_))
        if people:
            unread.append(Unread(name, "they changed while they were read", people=people))
    return last, tuple(unread)


def _deciding(timeline: tuple[EventRecord, ...]) -> tuple[EventRecord, ...]:
    return tuple(event for event in timeline if event.event in DECIDING_EVENTS)


def _by_person(items: tuple[ReviewRecord | CommentRecord, ...]) -> dict[int, list[ReviewRecord | CommentRecord]]:
    found: dict[int, list[ReviewRecord | CommentRecord]] = {}
    for item in items:
        if item.user is not None:
            found.setdefault(item.user.id, []).append(item)
    return found


def _counts(first: Snapshot, last: Snapshot) -> tuple[Unread, ...]:
    """Report lists that are not as long as GitHub says, or longer than GitHub lists them."""
    pull = last.pull
    # Comments can be posted or deleted after their number was read; then the other read confirms them.
    missing = min(max(0, each.pull.comments - len(each.comments)) for each in (first, last))
    expected: tuple[tuple[str, int, int, float], ...] = (
        ("files", len(last.files), pull.changed_files, MOST_FILES),
        ("commits", len(last.commits), pull.commits, MOST_COMMITS),
        ("comments", pull.comments - missing, pull.comments, float("inf")),
    )
    found = []
    for name, listed, count, most in expected:
        if count > most:
            found.append(Unread(name, f"GitHub lists at most {most} of {count}", permanent=True))
        elif listed != count:
            found.append(Unread(name, f"{listed} of {count} were listed"))
    return tuple(found)


def _settings_changed(files: tuple[ChangedFile, ...], start: Tree, head: Tree) -> bool:
    """Return whether ``[tool.commonhold]`` differs, or cannot be compared."""
    names = rules_files("")
    if not any(side in names for file in files for side in path_sides(file)):
        return False
    contents = [tree.read(names) for tree in (start, head)]
    if any(len(data) > _MOST_SETTINGS for each in contents for data in each.values()):
        return True
    try:
        before, after = (find_rules(each)[1] for each in contents)
        return repr(before) != repr(after)  # in Python, 1 equals true and 1.0
    except (ConfigurationError, RecursionError):
        return True
