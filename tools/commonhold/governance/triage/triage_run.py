"""Read issues and the owners of the default branch from GitHub, and carry out what triage decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import ToolError, UsageError
from commonhold.github import BudgetError, GitHubTree, NotFoundError, RateLimitError, ResponseError, segment
from commonhold.governance.approvals.gate_config import read_gate_settings
from commonhold.governance.approvals.present_logins import present_logins
from commonhold.governance.approvals.records import BranchRecord, CommentRecord, account_of
from commonhold.governance.triage.issue_records import IssueRecord, LabelRecord, RepositoryRecord
from commonhold.governance.triage.route import CORE_LABEL, Issue, TriagePlan, may_be_due, plan_triage
from commonhold.governance.triage.triage_comment import triage_comment
from commonhold.ownership import GOVERNANCE, Ownership
from commonhold.ownership.plugin_choices import chosen_plugin, plugin_choices
from commonhold.workspace import read_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from commonhold.github import GitHub
    from commonhold.governance.approvals.gate_settings import GateSettings
    from commonhold.workspace.config import Config

_COLOR, _CORE_COLOR = "0e8a16", "d93f0b"
_RUN_SECONDS = 86400
_STEP = 200  # about the number of issues that one run reads


@dataclass(frozen=True)
class TriageResult:
    """The plan for an issue and the comment that belongs to it, or why the issue could not be read."""

    number: int
    plan: TriagePlan
    comment: str | None = None
    error: ToolError | None = None


@dataclass(frozen=True)
class TriageRules:
    """The files of the default branch, its settings, and its plugins by the names that the forms list."""

    tree: GitHubTree
    config: Config
    settings: GateSettings
    choices: Mapping[str, str]

    @classmethod
    def read(cls, github: GitHub) -> TriageRules:
        """Read the tip of the default branch."""
        branch = github.read("", RepositoryRecord).default_branch
        tree = GitHubTree(github, github.read(f"/branches/{segment(branch)}", BranchRecord).commit.sha)
        config = read_config(tree)
        folders = Ownership.read(tree, config, ()).folders
        return cls(tree, config, read_gate_settings(config), plugin_choices(folders))

    def owners(self, body: str) -> Ownership:
        """Read the owners that an issue is about: the people, and the plugin that it names."""
        choice = chosen_plugin(body, self.choices)
        paths = () if choice is None else (f"{self.choices[choice]}/{GOVERNANCE}",)
        return Ownership.read(self.tree, self.config, paths)


def triage_issue(github: GitHub, rules: TriageRules, number: int, now: datetime, *, post: bool) -> TriageResult:
    """Plan one issue, and carry the plan out if ``post`` is set."""
    try:
        record = github.read(f"/issues/{number}", IssueRecord)
    except NotFoundError as error:
        raise UsageError(
            f"{github.repository} has no issue {number}, or the token may not read it",
            hint="Check the number, --repository and the token's permissions.",
        ) from error
    if record.pull_request is not None:
        return TriageResult(number, TriagePlan("it is a pull request"))
    if record.state != "open":
        return TriageResult(number, TriagePlan("the issue is closed"))
    comments = github.read_log(f"/issues/{number}/comments", CommentRecord)
    if len({comment.id for comment in comments}) != record.comments:
        # A copy of GitHub's data that is old could lack a comment of triage, which would then be posted twice.
        raise ResponseError(
            f"{len(comments)} of {record.comments} comments of issue {number} were listed", hint="Try again later."
        )
    issue = Issue(
        number,
        account_of(record.user),
        record.body or "",
        frozenset(label.name for label in record.labels),
        record.created_at,
        tuple(comment.value() for comment in comments),
    )
    plan = plan_triage(issue, rules.owners(issue.body), rules.settings, now)
    comment = None
    if plan.stage is not None:
        logins = [*present_logins(github, plan.mention).values()]
        comment = triage_comment(plan, logins, rules.settings.periods.reminders)
    if post:
        _carry_out(github, number, plan, comment)
    return TriageResult(number, plan, comment)


def triage_all(github: GitHub, rules: TriageRules, now: datetime, *, post: bool) -> Iterator[TriageResult]:
    """Triage every open issue that may be due. An issue that cannot be read stops no other.

    Raises ``RateLimitError`` or ``BudgetError`` if GitHub accepts no more requests. The results until then are valid,
    and the next run starts at another issue.
    """
    listed = github.read_pages("/issues", IssueRecord, state="open", sort="created", direction="asc")
    numbers = [
        each.number
        for each in listed
        if each.pull_request is None and may_be_due([label.name for label in each.labels], each.body or "")
    ]
    start = int(now.timestamp() // _RUN_SECONDS) * _STEP % (len(numbers) or 1)
    for number in (*numbers[start:], *numbers[:start]):
        yield _triage_listed(github, rules, number, now, post=post)


def _triage_listed(github: GitHub, rules: TriageRules, number: int, now: datetime, *, post: bool) -> TriageResult:
    try:
        return triage_issue(github, rules, number, now, post=post)
    except (BudgetError, RateLimitError):
        raise
    except (ToolError, UsageError) as error:
        failure = error if isinstance(error, ToolError) else ToolError(error.message)
        return TriageResult(number, TriagePlan("the issue could not be read"), error=failure)


def _carry_out(github: GitHub, number: int, plan: TriagePlan, comment: str | None) -> None:
    """Comment first: if the labels fail, the next run adds them, and a comment is never repeated."""
    if comment is not None:
        github.write("POST", f"/issues/{number}/comments", {"body": comment}, CommentRecord)
    for label in plan.labels:
        _create_label(github, label)
    if plan.labels:
        github.write("POST", f"/issues/{number}/labels", {"labels": [*plan.labels]}, list[LabelRecord])


def _create_label(github: GitHub, label: str) -> None:
    try:
        github.read(f"/labels/{segment(label)}", LabelRecord)
    except NotFoundError:
        is_core = label == CORE_LABEL
        text = "Waits for a core maintainer" if is_core else "About this plugin"
        body = {"name": label, "color": _CORE_COLOR if is_core else _COLOR, "description": text}
        github.write("POST", "/labels", body, LabelRecord)
