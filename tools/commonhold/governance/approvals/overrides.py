"""Find the comments that override the plugin's side (row 23)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.governance.approvals.condition import Condition, first_refusal
from commonhold.governance.approvals.facts import USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.facts import IssueComment
    from commonhold.governance.approvals.reviews import Moment

OVERRIDE = "/override"
_COMMAND = re.compile(r"/override[ \t]+(\S+)[ \t]+(\S.*)", re.DOTALL)
_MENTIONED = re.compile(r"^[ \t>`]*/override\b", re.MULTILINE)
_SECURITY = re.compile(r"security:\s*\S")
OVERRIDERS = 2
"""The number of core maintainers who can override at any time."""


@dataclass(frozen=True, slots=True)
class OverrideComment:
    """A comment with the command ``/override``. ``refusal`` is why it has no effect, or ""."""

    comment: IssueComment
    person: int
    sha: str
    reason: str
    condition: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Overriding:
    """All override comments, since when the plugin's side is overridden, and why a valid one is not enough alone."""

    comments: tuple[OverrideComment, ...] = ()
    since: Moment | None = None
    waiting: str = ""


def _is_quoted(_: Case, each: OverrideComment) -> str:
    return "" if each.sha else "the comment does not start with /override SHA REASON"


def _not_core(case: Case, each: OverrideComment) -> str:
    return "" if each.person in case.core else "only core maintainers can override"


def _not_user(_: Case, each: OverrideComment) -> str:
    account = each.comment.account
    return "" if account is not None and account.type == USER else "bots cannot override"


def _edited(_: Case, each: OverrideComment) -> str:
    return "the comment was edited: post it again" if each.comment.edited else ""


def _not_head(case: Case, each: OverrideComment) -> str:
    head = case.pull.head_sha
    return "" if each.sha == head else f"it names {each.sha[:12]}, and the head is {head}"


def _before_base_change(case: Case, each: OverrideComment) -> str:
    changed = case.base_changed_at
    return "the base branch changed after it" if changed is not None and each.comment.created_at <= changed else ""


OVERRIDING: tuple[Condition[OverrideComment], ...] = (
    Condition("command", _is_quoted),
    Condition("core", _not_core),
    Condition("user", _not_user),
    Condition("unedited", _edited),
    Condition("sha-is-head", _not_head),
    Condition("after-base-change", _before_base_change),
)
"""Row 23: the conditions under which an override comment is valid."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A time from which one core maintainer can override alone; ``until`` returns ``None`` for never."""

    name: str
    until: Callable[[Case, OverrideComment], datetime | None]


def _other_than_author(case: Case, each: OverrideComment) -> datetime | None:
    # Without another core maintainer, the author's override is the only one; the TSC then binds (row 24).
    has_others = bool(case.core - {each.person})
    return None if each.person == case.author_id and has_others else each.comment.created_at


def _is_urgent(case: Case, each: OverrideComment) -> bool:
    return case.pull.exact_revert or _SECURITY.match(each.reason) is not None


def _ready_long(case: Case, each: OverrideComment) -> datetime | None:
    return each.comment.created_at if _is_urgent(case, each) else case.ready_since + case.settings.periods.override


def _quiet_long(case: Case, each: OverrideComment) -> datetime | None:
    if _is_urgent(case, each):
        return each.comment.created_at
    return None if case.pull.last_push is None else case.pull.last_push + case.settings.periods.quiet


WAITS = (Wait("not-author", _other_than_author), Wait("ready", _ready_long), Wait("quiet", _quiet_long))
"""Row 23: when an override by one core maintainer is enough."""


def may_override(comments: Iterable[IssueComment], core: frozenset[int]) -> bool:
    """Return whether a comment by core contains the command, so that the facts about it must be read."""
    return any(
        comment.body.startswith(OVERRIDE) and comment.account is not None and comment.account.id in core
        for comment in comments
    )


def find_overrides(
    case: Case, conditions: Iterable[Condition[OverrideComment]] = OVERRIDING, waits: Iterable[Wait] = WAITS
) -> Overriding:
    """Find all override comments, and decide whether they override the plugin's side."""
    conditions, waits = tuple(conditions), tuple(waits)
    comments = tuple(_checked(case, each, conditions) for each in _parsed(case))
    valid: dict[int, OverrideComment] = {}
    for each in comments:
        if not each.refusal:
            valid.setdefault(each.person, each)
    ordered = sorted((each.comment.created_at, each.comment.id) for each in valid.values())
    moments = ordered[OVERRIDERS - 1 : OVERRIDERS]
    alone = (_alone_since(case, each, waits) for each in comments if not each.refusal)
    moments += [since for since in alone if since is not None]
    waiting = "" if moments or not valid else _WAITING
    return Overriding(comments, min(moments, default=None), waiting)


_WAITING = (
    "another core maintainer must override too, or the pull request must be ready for review for 14 days and without a "
    "push for 3 days"
)


def _parsed(case: Case) -> Iterable[OverrideComment]:
    for comment in sorted(case.pull.comments, key=lambda each: (each.created_at, each.id)):
        account = comment.account
        if account is not None and account.id in case.listed and _MENTIONED.search(comment.body):
            match = _COMMAND.match(comment.body)
            sha, reason = match.groups() if match else ("", "")
            yield OverrideComment(comment, account.id, sha, reason.strip())


def _checked(case: Case, each: OverrideComment, conditions: tuple[Condition[OverrideComment], ...]) -> OverrideComment:
    refusal = first_refusal(conditions, case, each)
    if refusal is None:
        return each
    return OverrideComment(each.comment, each.person, each.sha, each.reason, refusal.condition, refusal.reason)


def _alone_since(case: Case, each: OverrideComment, waits: Iterable[Wait]) -> Moment | None:
    """Return since when an override by one core maintainer is enough, or ``None``."""
    times = [each.comment.created_at]
    for wait in waits:
        until = wait.until(case, each)
        if until is None or until > case.now:
            return None
        times.append(until)
    latest = max(times)
    return latest, each.comment.id if latest == each.comment.created_at else 0
