"""Read the issues about late plugins from GitHub, and carry out what is decided about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from commonhold.errors import ToolError
from commonhold.github import BudgetError, RateLimitError
from commonhold.governance.approvals.comments import MOST_MENTIONS
from commonhold.governance.approvals.present_logins import present_logins
from commonhold.governance.approvals.records import PullNumber, UserRecord
from commonhold.governance.late_plugins.late_issues import (
    LABEL,
    NOT_PLANNED,
    LateIssuePlan,
    LateStep,
    plan_late_issues,
    read_issue,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from commonhold.catalog.late_plugins import LateReport
    from commonhold.github import GitHub
    from commonhold.governance.late_plugins.late_issues import LateIssue
    from commonhold.ownership import OwnedPlugin, Ownership


class LateIssueRecord(msgspec.Struct, frozen=True):
    """An issue (``issue``) with the reason why it was closed. Only a pull request has the field ``pull_request``."""

    number: int
    state: str
    user: UserRecord | None
    body: str | None = None
    state_reason: str | None = None
    pull_request: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class LateIssueResult:
    """A plan, and the error if it could not be carried out."""

    plan: LateIssuePlan
    error: ToolError | None = None


@dataclass(frozen=True, slots=True)
class Maintainers:
    """The owners in a tree, and the plugins by the normalized names of their distributions."""

    owners: Ownership
    plugins: Mapping[str, OwnedPlugin]
    account: int
    """The id of the account that opens the issues. A marker in an issue of anybody else means nothing."""

    def of(self, name: str, day: date) -> tuple[int, ...]:
        """Return the ids of a plugin's maintainers on a day; a plugin that is not in the tree has none."""
        plugin = self.plugins.get(name)
        return () if plugin is None else tuple(sorted(self.owners.maintainers(plugin, day))[:MOST_MENTIONS])


def update_late_issues(
    github: GitHub, report: LateReport, maintainers: Maintainers, by: date | None, today: date, *, post: bool
) -> Iterator[LateIssueResult]:
    """Plan an issue for each late plugin, and carry the plans out if ``post`` is set; a failure stops no other plugin.

    Raises ``RateLimitError`` or ``BudgetError`` if GitHub accepts no more requests. The results until then are valid,
    and the next run does the rest.
    """
    issues = _read_issues(github, maintainers.account)
    mentions = {
        plugin.name: [*present_logins(github, maintainers.of(plugin.name, today)).values()] if plugin.needs_work else []
        for plugin in report.late
    }
    for plan in plan_late_issues(report, issues, mentions, by, today):
        yield _carry_out(github, plan) if post else LateIssueResult(plan)


def _read_issues(github: GitHub, account: int) -> tuple[LateIssue, ...]:
    listed = github.read_pages("/issues", LateIssueRecord, labels=LABEL, state="all")
    ours = [each for each in listed if each.pull_request is None and each.user is not None and each.user.id == account]
    found = (
        read_issue(
            each.number,
            each.body or "",
            is_open=each.state == "open",
            is_declined=each.state != "open" and each.state_reason == NOT_PLANNED,
        )
        for each in ours
    )
    return tuple(issue for issue in found if issue is not None)


def _carry_out(github: GitHub, plan: LateIssuePlan) -> LateIssueResult:
    try:
        if plan.step is LateStep.OPEN:
            github.write("POST", "/issues", {"title": plan.title, "body": plan.body, "labels": [LABEL]}, PullNumber)
        elif plan.step is not LateStep.NOTHING:
            change = {"body": plan.body, **_state(plan)}
            github.write("PATCH", f"/issues/{plan.number}", change, PullNumber)
    except (BudgetError, RateLimitError):
        raise
    except ToolError as error:
        return LateIssueResult(plan, error)
    return LateIssueResult(plan)


def _state(plan: LateIssuePlan) -> dict[str, str]:
    if plan.step is LateStep.CLOSE:
        return {"state": "closed", "state_reason": plan.reason}
    return {"state": "open", "state_reason": "reopened"} if plan.step is LateStep.REOPEN else {}
