"""Find pull requests that were merged without passing the gate (row 25), and open an issue for each.

An administrator can merge without the status, and so can everybody while the ruleset is off. The scheduled run looks at
what was merged lately.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from commonhold.errors import ConfigurationError
from commonhold.github import GitHubTree, segment
from commonhold.governance.approvals.decision import GateState
from commonhold.governance.approvals.gate_config import read_gate_settings
from commonhold.governance.approvals.gate_settings import ACTIONS_BOT, GateMode
from commonhold.governance.approvals.post import newest_status, read_statuses, status_context
from commonhold.governance.approvals.records import BranchRecord, ClosedPull, IssueNote, PullNumber
from commonhold.workspace import read_config

if TYPE_CHECKING:
    from datetime import datetime

    from commonhold.github import GitHub

LABEL = "merged-without-approval"
"""The label of the issues, by which the next run finds them."""

_PERIOD = timedelta(days=1)
_MOST = 30  # merges that one run examines, the newest ones


@dataclass(frozen=True, slots=True)
class Bypass:
    """A pull request that was merged while the status of the gate was missing or pending."""

    number: int
    base: str
    head: str
    merged_at: datetime

    @property
    def marker(self) -> str:
        """The first line of the issue, by which it is recognized."""
        return f"<!-- commonhold bypass {self.number} -->"

    def describe(self) -> str:
        """Return one sentence about what happened."""
        return (
            f"#{self.number} was merged into `{self.base}` at {self.merged_at:%Y-%m-%d %H:%M} UTC without passing the "
            f"gate: its commit {self.head[:12]} had no status `{status_context(self.base)}` with the state success"
        )


def find_bypasses(github: GitHub, now: datetime) -> tuple[Bypass, ...]:
    """Return what was merged during the last day into branches that require the gate, without passing it."""
    closed = github.read("/pulls", list[ClosedPull], state="closed", sort="updated", direction="desc", per_page=100)
    merged = [(pull, pull.merged_at) for pull in closed if pull.merged_at is not None]
    recent = [(pull, at) for pull, at in merged if now - at < _PERIOD][:_MOST]
    found = [
        Bypass(pull.number, pull.base.ref, pull.head.sha, at) for pull, at in recent if not _passed(github, pull, at)
    ]
    required = {base: _is_required(github, base) for base in {each.base for each in found}}
    return tuple(each for each in found if required[each.base])


def open_issue(github: GitHub, bypass: Bypass) -> bool:
    """Open an issue about a bypass, unless there is one; return whether it was opened."""
    issues = github.read_pages("/issues", IssueNote, labels=LABEL, state="all")
    ours = (issue for issue in issues if issue.user is not None and issue.user.id == ACTIONS_BOT)
    if any((issue.body or "").startswith(bypass.marker) for issue in ours):
        return False
    body = (
        f"{bypass.marker}\n{bypass.describe()}.\n\n"
        "Core maintainers: say in this issue who merged it and why, and review the change. Record the event with an "
        "entry `merged-without-approval` below `governance/ledger/_repository/`; `commonhold check` says what it "
        "needs. Revert the change if nobody approves it."
    )
    title = f"#{bypass.number} was merged without the approvals that it needs"
    github.write("POST", "/issues", {"title": title, "body": body, "labels": [LABEL]}, PullNumber)
    return True


def _passed(github: GitHub, pull: ClosedPull, merged_at: datetime) -> bool:
    """Return whether the newest status before the merge was success."""
    statuses = read_statuses(github, pull.head.sha)
    before = [status for status in statuses if status.created_at <= merged_at]
    newest = newest_status(before, status_context(pull.base.ref))
    return newest is not None and newest.state == GateState.SUCCESS.value


def _is_required(github: GitHub, base: str) -> bool:
    """Return whether the tip of a branch requires the gate; a configuration with mistakes does."""
    tip = github.read(f"/branches/{segment(base)}", BranchRecord).commit.sha
    try:
        return read_gate_settings(read_config(GitHubTree(github, tip))).mode is GateMode.REQUIRED
    except ConfigurationError:
        return True
