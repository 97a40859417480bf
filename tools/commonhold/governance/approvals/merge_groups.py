"""Find the pull requests of a merge group from the names of the queue's branches.

GitHub builds a group on a branch ``gh-readonly-queue/BASE/pr-NUMBER-SHA``, which nobody else can write: pull request
NUMBER is merged into SHA, which is the tip of BASE or the head of the group before it. Commit messages name pull
requests as well, but their authors write them. Source: "Managing a merge queue" and the examples of the event
``merge_group`` in GitHub's documentation; the form of the name is an assumption that docs/how-to/canary.md proves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.github import NotFoundError, segment
from commonhold.governance.approvals.records import BranchRecord, RefRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from commonhold.github import GitHub

    _Groups = Mapping[tuple[str, str], tuple[int, str]]

_BRANCH = re.compile(
    r"refs/heads/gh-readonly-queue/(?P<base>.+)/pr-(?P<number>[1-9][0-9]{0,9})-(?P<onto>[0-9a-f]{40,64})"
)


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """A merge group: its base branch, its head commit and the pull requests in it, in order.

    ``numbers`` is ``None`` if one of the pull requests cannot be identified.
    """

    base: str
    head: str
    numbers: tuple[int, ...] | None


def find_merge_groups(github: GitHub, heads: Collection[str] = ()) -> tuple[MergeGroup, ...]:
    """Return the merge groups of the repository, or only those with some head commits."""
    refs = github.read_pages("/git/matching-refs/heads/gh-readonly-queue/", RefRecord)
    entries = [(match, ref.object.sha) for ref in refs if (match := _BRANCH.fullmatch(ref.ref)) is not None]
    before = {(match["base"], sha): (int(match["number"]), match["onto"]) for match, sha in entries}
    wanted = [(match["base"], sha) for match, sha in entries if not heads or sha in heads]
    tips = {base: _tip(github, base) for base in dict.fromkeys(base for base, _ in wanted)}
    return tuple(MergeGroup(base, sha, _numbers(base, sha, tips[base], before)) for base, sha in wanted)


def _tip(github: GitHub, base: str) -> str | None:
    try:
        return github.read(f"/branches/{segment(base)}", BranchRecord).commit.sha
    except NotFoundError:  # deleted, or somebody made a branch that only looks like one of the queue
        return None


def _numbers(
    base: str, sha: str, tip: str | None, before: Mapping[tuple[str, str], tuple[int, str]]
) -> tuple[int, ...] | None:
    """Follow the groups from a head to the tip of the base branch."""
    found: list[int] = []
    while sha != tip:
        number, sha = before.get((base, sha), (0, ""))
        if not number or number in found:
            return None
        found.append(number)
    return tuple(reversed(found)) or None
