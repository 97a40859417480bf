"""State when a decision is impossible: the data is incomplete (row 1), or nobody is to be asked (row 2)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from commonhold.governance.approvals.condition import Condition
from commonhold.governance.approvals.facts import (
    FILE_STATUSES,
    PENDING,
    RENAMED,
    REVIEW_STATES,
    path_sides,
)
from commonhold.ownership import GOVERNANCE, PathKind, PathOwner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.facts import PullRequest
    from commonhold.ownership import Ownership


_CLOCKS = timedelta(minutes=5)
"""The time by which the clock of a runner can be behind GitHub's."""


def _unread(case: Case, _: None) -> str:
    deciding = case.named | {case.settings.gate_account}
    matters = (each for each in case.pull.unread if each.people is None or not deciding.isdisjoint(each.people))
    return "; ".join(f"{each.what}: {each.why}" for each in matters)


def _no_author(case: Case, _: None) -> str:
    return "" if case.pull.author is not None else "the account of the author was deleted"


def _files_unconfirmed(case: Case, _: None) -> str:
    pull = case.pull
    return _unconfirmed("changed files", pull.changed_files_count, len({file.path for file in pull.files}))


def _commits_unconfirmed(case: Case, _: None) -> str:
    pull = case.pull
    return _unconfirmed("commits", pull.commits_count, len({commit.sha for commit in pull.commits}))


def _unconfirmed(what: str, count: int, read: int) -> str:
    return "" if count == read else f"GitHub reports {count} {what}, and {read} could be read"


def _head_missing(case: Case, _: None) -> str:
    is_listed = any(commit.sha == case.pull.head_sha for commit in case.pull.commits)
    return "" if is_listed else "the head commit is not among the commits that were read"


def _repeated(case: Case, _: None) -> str:
    pull = case.pull
    for what, ids in (
        ("changed files", [file.path for file in pull.files]),
        ("commits", [commit.sha for commit in pull.commits]),
        ("reviews", [review.id for review in pull.reviews]),
        ("comments", [comment.id for comment in pull.comments]),
    ):
        if len(ids) != len(set(ids)):
            return f"{what} were read twice"
    return ""


def _unknown_review(case: Case, _: None) -> str:
    for review in case.pull.reviews:
        if review.state not in REVIEW_STATES:
            return f"review {review.id} has the unknown state {review.state!a}"
        if review.submitted_at is None and review.state != PENDING:
            return f"review {review.id} has no time"
    return ""


def _unknown_file(case: Case, _: None) -> str:
    for file in case.pull.files:
        if file.status not in FILE_STATUSES:
            return f"{file.path!a} has the unknown status {file.status!a}"
        if file.status == RENAMED and file.previous_path is None:
            return f"{file.path!a} was renamed, and its former path is missing"
    return ""


def _future(case: Case, _: None) -> str:
    pull = case.pull
    times = [pull.created_at, *(event.at for event in pull.timeline), *(each.created_at for each in pull.comments)]
    times += [review.submitted_at for review in pull.reviews if review.submitted_at is not None]
    late = max(times)
    return f"an event of {late:%Y-%m-%d %H:%M} UTC is later than the clock" if late > case.now + _CLOCKS else ""


def _base_owners(case: Case, _: None) -> str:
    unread = sorted(case.head.plugins.keys() & case.base.folders.keys() - case.base.plugins.keys())
    if unread:
        return f"the owners of {unread[0]!a} at base were not read"
    unknown = _unknown_owner(case.base, "base", touched_paths(case.pull))
    problem = next(iter(case.base.problems), None)
    return unknown or ("" if problem is None else f"the owners at base cannot be read: {problem}")


def _broken_plugin(case: Case, _: None) -> str:
    """Refuse a change to a plugin whose maintainers are unknown. Only the repair of their file needs no maintainers."""
    for path in touched_paths(case.pull):
        for side in (case.base, case.head):
            owner = side.of(path) if _is_known(side, path) else PathOwner(path, PathKind.SHARED)
            plugin = case.base.plugins.get(owner.plugin.folder) if owner.plugin is not None else None
            if plugin is None or not plugin.governance.problems:
                continue
            if owner.kind is not PathKind.LIFECYCLE or plugin.folder not in case.head.folders:
                return f"the maintainers at base cannot be read: {plugin.governance.problems[0]}"
    return ""


def _head_owners(case: Case, _: None) -> str:
    unknown = _unknown_owner(case.head, "head", touched_paths(case.pull))
    problem = next(_problems(case.head), None)
    return unknown or ("" if problem is None else f"the owners at head cannot be read: {problem}")


def paths_to_read(pull: PullRequest, head: Ownership) -> list[str]:
    """Return the paths whose owners at base decide: those that changed, and one in each plugin that owns them at head.

    A path can belong to a plugin at head that did not own it at base, but exists there with its maintainers.
    """
    return [*touched_paths(pull), *(f"{folder}/{GOVERNANCE}" for folder in head.plugins)]


def touched_paths(pull: PullRequest) -> list[str]:
    """Return the paths and former paths of all changed files."""
    return [path for file in pull.files for path in path_sides(file)]


def _unknown_owner(side: Ownership, name: str, paths: Iterable[str]) -> str:
    unknown = next((path for path in paths if not _is_known(side, path)), None)
    return "" if unknown is None else f"the owners of {unknown!a} at {name} were not read"


def _is_known(side: Ownership, path: str) -> bool:
    try:
        side.of(path)
    except KeyError:
        return False
    return True


def _problems(side: Ownership) -> Iterator[str]:
    for problem in side.problems:
        yield str(problem)
    for plugin in side.plugins.values():
        for problem in plugin.governance.problems:
            yield str(problem)


READING: tuple[Condition[None], ...] = (
    Condition("unread", _unread),
    Condition("author", _no_author),
    Condition("files-count", _files_unconfirmed),
    Condition("commits-count", _commits_unconfirmed),
    Condition("repeated", _repeated),
    Condition("head-commit", _head_missing),
    Condition("review-state", _unknown_review),
    Condition("file-status", _unknown_file),
    Condition("future", _future),
    Condition("base-owners", _base_owners),
    Condition("base-plugin", _broken_plugin),
    Condition("head-owners", _head_owners),
)
"""Row 1: each of these conditions makes the decision pending."""


def _draft(case: Case, _: None) -> str:
    return "the pull request is a draft" if case.pull.draft else ""


def _unprotected(case: Case, _: None) -> str:
    return "" if case.pull.base_protected else f"the base branch {case.pull.base_ref!a} is not protected"


ASKING: tuple[Condition[None], ...] = (Condition("draft", _draft), Condition("protected", _unprotected))
"""Row 2: each of these conditions makes the decision pending, and nobody is asked."""
