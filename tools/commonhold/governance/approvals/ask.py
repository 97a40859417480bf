"""Ask on GitHub the people who are next: request reviews, and post or edit comments. Nothing is decided here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.errors import ToolError
from commonhold.governance.approvals.comments import plan_outreach
from commonhold.governance.approvals.present_logins import present_logins
from commonhold.governance.approvals.records import CommentRecord, PullNumber

if TYPE_CHECKING:
    from commonhold.github import GitHub
    from commonhold.governance.approvals.comments import Outreach
    from commonhold.governance.approvals.decision import Decision


def must_ask(decision: Decision, *, pushed: bool = False) -> bool:
    """Return whether there is anything to request, post or edit for a pull request."""
    outreach = plan_outreach(decision, pushed=pushed)
    return bool(outreach.request or outreach.body is not None or outreach.reminder is not None)


def ask_people(github: GitHub, decision: Decision, *, pushed: bool = False) -> tuple[Outreach, tuple[str, ...]]:
    """Request reviews and comment. Returns what was planned, and a message for each step that GitHub refused.

    People are addressed by the login that their id has at present; a listed login may belong to somebody else by now.
    """
    planned = plan_outreach(decision, pushed=pushed)
    present = present_logins(github, (*planned.request, *planned.mention))
    pull, case = decision.case.pull, decision.case
    outreach = plan_outreach(replace(decision, case=replace(case, present=present)), pushed=pushed)
    refused = []
    for person in outreach.request:  # one at a time: one login that GitHub refuses would refuse them all
        login = present.get(person)
        if login is None:
            refused.append(f"cannot request a review by {case.login(person)}: no account has the listed id")
            continue
        try:
            github.write("POST", f"/pulls/{pull.number}/requested_reviewers", {"reviewers": [login]}, PullNumber)
        except ToolError as error:
            refused.append(f"cannot request a review by {login}: {error.message}")
    if outreach.body is not None and outreach.edit is not None:
        github.write("PATCH", f"/issues/comments/{outreach.edit}", {"body": outreach.body}, CommentRecord)
    elif outreach.body is not None:
        github.write("POST", f"/issues/{pull.number}/comments", {"body": outreach.body}, CommentRecord)
    if outreach.reminder is not None:
        github.write("POST", f"/issues/{pull.number}/comments", {"body": outreach.reminder}, CommentRecord)
    return outreach, tuple(refused)
