"""Compare trees for two questions that the lists of a pull request do not answer.

Is an earlier commit that somebody approved the same change (the setting ``same-diff``)? Is the pull request exactly the
inverse of a commit on its base branch (row 23)? Messages of commits only say where to look; trees decide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from commonhold.github import GitHubTree, NotFoundError, ResponseError
from commonhold.governance.approvals.facts import APPROVED, CHANGES_REQUESTED, ChangedFile
from commonhold.governance.approvals.records import ComparisonRecord, ParentRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.github import GitHub
    from commonhold.governance.approvals.facts import PullRequest
    from commonhold.governance.approvals.read import PullReader
    from commonhold.tree import Entry, Tree

    Differences = Mapping[str, tuple["Entry | None", "Entry | None"]]

MOST_COMMITS_COMPARED = 5
"""The number of earlier commits whose trees are read, the ones that were reviewed last first."""

_GONE = (NotFoundError, ResponseError)
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})\b", re.MULTILINE)


class GitCommitRecord(msgspec.Struct, frozen=True):
    """The message and the parents of a commit (``git-commit``)."""

    message: str
    parents: list[ParentRecord]


def tree_differences(before: Tree, after: Tree) -> Differences:
    """Return the entries of each path that differs, before and after."""
    old, new = before.entries, after.entries
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return {path: (old.get(path), new.get(path)) for path in paths}


def files_that_differ(before: Tree, after: Tree) -> tuple[ChangedFile, ...]:
    """Return the changed files between two trees; a renamed file is a removed and an added one."""
    return tuple(_changed(path, old, new) for path, (old, new) in tree_differences(before, after).items())


def _changed(path: str, old: Entry | None, new: Entry | None) -> ChangedFile:
    status = "added" if old is None else "removed" if new is None else "modified"
    entry = new or old
    return ChangedFile(path, None, status, entry and entry.oid, entry and entry.mode)


def read_diffs(reader: PullReader, pull: PullRequest, start: Tree, head: Tree) -> Mapping[str, tuple[ChangedFile, ...]]:
    """Read what each reviewed commit changes from its own merge base, and the same for the head.

    A commit that cannot be read is left out, so its reviews do not count.
    """
    diffs = {sha: _read_diff(reader, pull, sha) for sha in _reviewed(pull)[:MOST_COMMITS_COMPARED]}
    known = {sha: files for sha, files in diffs.items() if files is not None}
    return {**known, pull.head_sha: files_that_differ(start, head)}


def _read_diff(reader: PullReader, pull: PullRequest, sha: str) -> tuple[ChangedFile, ...] | None:
    try:
        base = _merge_base(reader.github, pull.base_tip, sha)
        return files_that_differ(reader.tree(base), GitHubTree(reader.github, sha))
    except _GONE:
        return None


def _reviewed(pull: PullRequest) -> list[str]:
    reviews = [each for each in pull.reviews if each.state in {APPROVED, CHANGES_REQUESTED}]
    shas = (each.commit_id for each in sorted(reviews, key=lambda each: each.id, reverse=True))
    return [*dict.fromkeys(sha for sha in shas if sha is not None and sha != pull.head_sha)]


def is_exact_revert(github: GitHub, pull: PullRequest, start: Tree, head: Tree) -> bool:
    """Return whether the pull request is exactly the inverse of the commit that its only commit says it reverts."""
    if pull.commits_count != 1:
        return False
    match = _REVERTS.search(github.read(f"/git/commits/{pull.head_sha}", GitCommitRecord).message)
    if match is None:
        return False
    reverted = match[1]
    try:
        parents = github.read(f"/git/commits/{reverted}", GitCommitRecord).parents
        is_on_base = _merge_base(github, pull.base_tip, reverted) == reverted
    except _GONE:
        return False
    if not is_on_base or len(parents) != 1:
        return False
    made = tree_differences(GitHubTree(github, parents[0].sha), GitHubTree(github, reverted))
    undone = tree_differences(start, head)
    return bool(made) and undone == {path: (new, old) for path, (old, new) in made.items()}


def _merge_base(github: GitHub, base: str, commit: str) -> str:
    return github.read(f"/compare/{base}...{commit}", ComparisonRecord, per_page=1).merge_base_commit.sha
