"""Decide what to do about an issue: which labels it gets, whom a comment mentions, and when. Nothing is posted here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

from commonhold.governance.approvals.comments import MOST_COMMENTS, MOST_MENTIONS, in_rotation
from commonhold.governance.approvals.facts import USER
from commonhold.ownership.plugin_choices import chosen_plugin, has_form, plugin_choices, plugin_label
from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from commonhold.governance.approvals.facts import Account, IssueComment
    from commonhold.governance.approvals.gate_settings import GateSettings
    from commonhold.ownership import OwnedPlugin, Ownership

MARKER = "<!-- commonhold triage "
"""The beginning of every comment of triage. The rest of the line names its stage and the plugin."""

CORE_LABEL = "needs-core"
"""The label of issues that wait for a core maintainer."""

_KEY = 12


class Stage(Enum):
    """A step of an issue. Each is commented on once for each plugin."""

    ROUTED = "routed"
    REMINDED = "reminded"
    CORE = "core"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Issue:
    """An open issue with its comments."""

    number: int
    author: Account | None
    body: str
    labels: frozenset[str]
    created_at: datetime
    comments: tuple[IssueComment, ...] = ()


@dataclass(frozen=True)
class TriagePlan:
    """What to do about an issue. ``stage`` is ``None`` if no comment is due; ``reason`` says why."""

    reason: str
    stage: Stage | None = None
    labels: tuple[str, ...] = ()
    choice: str | None = None
    """The name of the plugin, as the form lists it."""

    plugin: OwnedPlugin | None = None
    mention: tuple[int, ...] = ()
    has_maintainers: bool = False
    """Whether anybody except the author maintains the plugin."""

    @property
    def marker(self) -> str:
        """The first line of the comment, which does not show. It names the stage and the plugin."""
        return _marker(self.stage, self.plugin)


def plan_triage(issue: Issue, owners: Ownership, settings: GateSettings, now: datetime) -> TriagePlan:
    """Return what to do about an open issue now. The same facts always give the same plan.

    A plan that was carried out is never returned again: labels that the issue has are left out, and the first line of
    each comment names its stage. Only comments of the gate's own account count.
    """
    if not has_form(issue.body):
        return TriagePlan("the issue was not written with a form that names a plugin")
    own = _own_comments(issue, settings)
    choices = plugin_choices(owners.folders)
    choice = chosen_plugin(issue.body, choices)
    if choice is None:
        asked = Stage.UNKNOWN in _stages(own, None)
        reason = "core has the label" if asked else "the issue does not name exactly one plugin of this repository"
        stage, reason = _within_limit(None if asked else Stage.UNKNOWN, reason, own)
        return TriagePlan(reason, stage, _missing(issue, CORE_LABEL))
    plugin = owners.plugins[choices[choice]]
    day, author = now.date(), None if issue.author is None else issue.author.id
    maintainers = sorted(owners.maintainers(plugin, day) - {author})
    core = sorted(owners.core(day) - {author})
    past = _stages(own, plugin)
    due, reason = _next_stage(past, maintainers, settings, now)
    if due is not None and past and _is_answered(issue, {*maintainers, *core}, min(past.values())):
        due, reason = None, "a maintainer has answered"
    stage, reason = _within_limit(due, reason, own)
    # A comment that is left out must not leave the issue with nobody. A reminder is followed by core.
    for_core = Stage.CORE in (due, *past) or (stage is not due and due is not Stage.REMINDED)
    labels = _missing(issue, plugin_label(choice), *([CORE_LABEL] if for_core else []))
    if stage is Stage.CORE:
        mention = tuple(in_rotation(core, issue.number))
    else:
        mention = tuple(maintainers[:MOST_MENTIONS]) if stage is not None else ()
    return TriagePlan(reason, stage, labels, choice, plugin, mention, bool(maintainers))


def may_be_due(labels: Sequence[str], body: str) -> bool:
    """Return whether a scheduled run has to read the comments of an issue. Core's label is the last step."""
    return has_form(body) and CORE_LABEL not in labels


def _next_stage(
    asked: dict[Stage, datetime], maintainers: Sequence[int], settings: GateSettings, now: datetime
) -> tuple[Stage | None, str]:
    first, last = settings.periods.reminders[0], settings.periods.reminders[-1]
    if Stage.CORE in asked:
        return None, "core was asked"
    if not maintainers:
        return Stage.CORE, "the plugin has no active maintainer to ask"
    if Stage.ROUTED not in asked:
        return Stage.ROUTED, "its maintainers have not been asked"
    waited = now - asked[Stage.ROUTED]
    if waited >= last:
        return Stage.CORE, f"no maintainer answered in {last.days} days"
    if waited >= first and Stage.REMINDED not in asked:
        return Stage.REMINDED, f"no maintainer answered in {first.days} days"
    return None, "its maintainers were asked"


def _within_limit(stage: Stage | None, reason: str, own: Sequence[IssueComment]) -> tuple[Stage | None, str]:
    """Leave out a comment that is one too many. The last is for core, so that edits of an issue cannot use it up."""
    most = MOST_COMMENTS if stage is Stage.CORE else MOST_COMMENTS - 1
    if stage is not None and len(own) >= most:
        return None, f"the issue has {count(len(own), 'comment')} of triage already"
    return stage, reason


def _missing(issue: Issue, *labels: str) -> tuple[str, ...]:
    """Return the labels that the issue does not have. GitHub compares labels without regard to case."""
    present = {label.casefold() for label in issue.labels}
    return tuple(label for label in labels if label.casefold() not in present)


def _own_comments(issue: Issue, settings: GateSettings) -> tuple[IssueComment, ...]:
    """Return the comments of triage: those of the gate's account. A marker in another comment means nothing."""
    return tuple(
        comment
        for comment in issue.comments
        if comment.account is not None
        and comment.account.id == settings.gate_account
        and comment.body.startswith(MARKER)
    )


def _stages(own: Sequence[IssueComment], plugin: OwnedPlugin | None) -> dict[Stage, datetime]:
    """Return when each stage was first commented on for a plugin, by GitHub's clock."""
    found: dict[Stage, datetime] = {}
    for stage in Stage:
        times = [comment.created_at for comment in own if comment.body.startswith(_marker(stage, plugin))]
        if times:
            found[stage] = min(times)
    return found


def _marker(stage: Stage | None, plugin: OwnedPlugin | None) -> str:
    # The folder is hashed, because its name could end the marker.
    key = "-" if plugin is None else sha256(plugin.folder.encode("utf-8", "surrogateescape")).hexdigest()[:_KEY]
    return f"{MARKER}{stage.value if stage else '-'} {key} -->"


def _is_answered(issue: Issue, people: Collection[int], since: datetime) -> bool:
    """Return whether one of the people wrote a comment since then."""
    return any(
        comment.account is not None
        and comment.account.type == USER
        and comment.account.id in people
        and comment.created_at >= since
        for comment in issue.comments
    )
