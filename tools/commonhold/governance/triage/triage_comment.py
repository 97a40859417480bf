"""Write the comments of triage. They contain names from the tree only, never text of the issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.governance.triage.route import Stage
from commonhold.ownership import LifecycleState
from commonhold.text import code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from commonhold.governance.triage.route import TriagePlan

END = "A comment by triage, which routes issues to the people who maintain a plugin."


def triage_comment(plan: TriagePlan, logins: Sequence[str], periods: Sequence[timedelta]) -> str:
    """Return the comment of a plan; ``logins`` are the present logins of the people who are mentioned."""
    people = ", ".join(f"@{login}" for login in logins)
    lines = [_text(plan, people, periods)]
    if plan.plugin is not None and plan.plugin.governance.problems:
        lines.append(
            "The plugin's `governance.toml` contains a mistake, so the list of its maintainers may be incomplete."
        )
    return "\n".join([plan.marker, *lines, "", END]) + "\n"


def _text(plan: TriagePlan, people: str, periods: Sequence[timedelta]) -> str:
    if plan.stage is Stage.UNKNOWN:
        return (
            "The issue does not name exactly one plugin of this repository, so core maintainers route it. "
            "To name the plugin, edit the first field of the issue."
        )
    name = code(plan.choice or "")
    if plan.stage is Stage.CORE:
        asked = (
            f"{people}: please look at this issue as core maintainers." if people else "No core maintainer is listed."
        )
        return f"{_why_core(plan, name, periods)} {asked}"
    asked = people or "(their accounts were deleted)"
    if plan.stage is Stage.REMINDED:
        return (
            f"{asked}: nobody who maintains {name} has answered in {periods[0].days} days. Please look at this issue."
        )
    retired = " The plugin is `retired`." if _state(plan) is LifecycleState.RETIRED else ""
    return (
        f"The issue is about the plugin {name}.{retired} {asked}: as its maintainers, please look at it. "
        f"Core maintainers are asked if nobody answers in {periods[-1].days} days."
    )


def _why_core(plan: TriagePlan, name: str, periods: Sequence[timedelta]) -> str:
    if _state(plan) is LifecycleState.ORPHANED:
        return f"The plugin {name} is `orphaned`: it has no maintainer."
    if not plan.has_maintainers:
        return f"The plugin {name} has no active maintainer to ask."
    return f"No maintainer of {name} has answered in {periods[-1].days} days."


def _state(plan: TriagePlan) -> LifecycleState | None:
    return plan.plugin.governance.state if plan.plugin is not None else None
