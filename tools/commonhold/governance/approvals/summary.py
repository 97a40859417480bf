"""Explain a decision as Markdown for the job summary: each side, what was ignored, and what each role can do now."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from commonhold.governance.approvals.decision import GateState, NextStep
from commonhold.governance.approvals.gate_settings import GateMode
from commonhold.governance.approvals.rules import ROWS
from commonhold.governance.approvals.status import status_text
from commonhold.text import and_more, capped, code, count, markdown, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.decision import BindingSide, Decision, Need, PluginSide

_MOST_IGNORED = 100
_DELAY = (
    "An approval shows here within two minutes or, if GitHub holds the event, after the next scheduled run (every "
    "30 minutes). The comment `/recheck` starts an evaluation at once."
)


def summary_markdown(decision: Decision) -> str:
    """Return the explanation of a decision. Logins are written without a mention."""
    return capped(_lines(decision))


def _lines(decision: Decision) -> Iterator[str]:
    case = decision.case
    pull = case.pull
    yield f"## Approvals of #{pull.number}: {decision.state.value}"
    yield ""
    yield markdown(status_text(decision))
    yield ""
    if case.settings.mode is GateMode.SHADOW:
        yield "The gate runs in shadow mode: it reports this decision, and posts no required status."
        yield ""
    if decision.binding is not None:
        yield from table(("plugin", "needed", "who", "state", "since"), _rows(decision, decision.binding))
        yield ""
    yield from _section("Why it is pending", (_reason(each.row, each.text) for each in decision.reasons))
    yield from _section("Approvals that do not count", _ignored(decision))
    yield from _section("Overrides", _overrides(decision))
    yield from _section("What you can do now", _advice(decision))
    yield from _section("Notified, not asked", _notified(decision))
    yield from _section("Shown, but decides nothing", _notes(case))
    yield from _section("Rows of the rule that apply", _applied(decision))
    yield f"Evaluated at {case.now:%Y-%m-%d %H:%M} UTC: head {code(pull.head_sha)}, base {code(pull.base_ref)} at "
    yield f"{code(pull.base_tip)}. {_DELAY}"


def _section(title: str, items: Iterable[str]) -> Iterator[str]:
    listed = list(items)
    if listed:
        yield f"### {title}"
        yield ""
        yield from (f"- {item}" for item in listed[:_MOST_IGNORED])
        if len(listed) > _MOST_IGNORED:
            yield f"- {len(listed) - _MOST_IGNORED} more"
        yield ""


def _reason(row: int, text: str) -> str:
    return f"{markdown(text)} (row {row})"


def _rows(decision: Decision, binding: BindingSide) -> Iterator[tuple[str, ...]]:
    for side in decision.plugins:
        for need in side.needs:
            yield code(side.folder), _wanted(need), _who(decision.case, need), _state(need), _since(side, need)
    group = "TSC" if binding.is_tsc else "core"
    needed = count(binding.needed, "approval") + (" and a closed vote" if binding.vote else "")
    people = binding.by if binding.is_met else (*binding.by, *binding.who)
    state = "met" if binding.is_met else "change requested" if binding.objections else f"{len(binding.by)} given"
    yield f"**{group}**", needed, _names(decision.case, people), state, ""


def _wanted(need: Need) -> str:
    return markdown(f"{need.wanted} (row {need.row})")


def _who(case: Case, need: Need) -> str:
    return _names(case, need.by if need.since is not None else need.who)


def _names(case: Case, people: Iterable[int]) -> str:
    names = [case.login(person) for person in people]
    return markdown(", ".join(names[:10]) + and_more(len(names), 10)) if names else ""


def _state(need: Need) -> str:
    return markdown(f"met: {need.how}" if need.since is not None else f"waiting: {need.how}")


def _since(side: PluginSide, need: Need) -> str:
    if need.since is not None:
        return f"{need.since[0]:%Y-%m-%d %H:%M}" if need.since[0].year > 1 else ""
    return f"asked {side.asked:%Y-%m-%d}" if side.asked is not None else "not asked yet"


def _ignored(decision: Decision) -> Iterator[str]:
    for each in decision.ignored:
        account, at = each.review.account, each.review.submitted_at
        name = "a deleted account" if account is None else account.login
        when = f" of {at:%Y-%m-%d %H:%M}" if at is not None else ""
        yield f"review by {markdown(name)}{when}: {markdown(each.refusal.reason)}"


def _overrides(decision: Decision) -> Iterator[str]:
    for each in decision.overrides:
        text = f"{decision.case.login(each.person)}, {each.comment.created_at:%Y-%m-%d %H:%M}: {each.reason[:200]}"
        effect = each.refusal or decision.override_waits or ("used" if decision.overridden else "not needed")
        yield f"{markdown(text)} ({markdown(effect)})"


def _advice(decision: Decision) -> Iterator[str]:
    """Yield what each role can do, with commands to paste."""
    case = decision.case
    number = case.pull.number
    if decision.state is GateState.SUCCESS:
        yield "**Core maintainer**: merge the pull request when its other checks pass."
        return
    if decision.next is NextStep.GITHUB:
        yield f"**Everyone**: wait for the next run, or run {code(f'commonhold approvals --pr {number} --explain')}."
        return
    if decision.next is NextStep.READY:
        if case.pull.draft:
            yield f"**Author**: {code(f'gh pr ready {number}')}"
        else:
            yield f"**Administrator**: protect the branch; {code('commonhold governance doctor')} prints the command."
        return
    if decision.next is NextStep.REPAIR:
        yield _repair(decision)
        return
    if decision.binding is not None and decision.binding.is_blocked:
        yield from _blocked(decision, decision.binding)
    elif decision.next is NextStep.AUTHOR:
        yield "**Author**: change the pull request as described above, and push."
    waiting = tuple(dict.fromkeys(person for side in decision.plugins for person in side.waiting))
    approve = code(f"gh pr review {number} --approve")
    if waiting:
        changes = code(f'gh pr review {number} --request-changes --body "REASON"')
        yield f"**Plugin maintainer** ({_names(case, waiting)}): {approve} or {changes}"
    yield from _core_advice(decision, approve)
    yield f"**Author**: a push to the branch makes approvals stale; ask in a comment if you wait too long. {_BASE}"


def _repair(decision: Decision) -> str:
    """Return how to repair a file at base. Without the list of people, nobody's approval can be binding."""
    if decision.reasons[0].condition == "base-plugin":
        return (
            "**Everyone**: open a pull request that repairs this file, and changes no other file of the plugin. It "
            "needs two core approvals (row 13)."
        )
    return (
        "**Administrator**: nobody can bind until this file is repaired. Merge a pull request that only repairs it, "
        "after `commonhold check` has passed on it, without the gate: bypass the ruleset, or disable it until then. "
        "The next scheduled run reports the merge (row 25), and `commonhold governance doctor` confirms the ruleset."
    )


def _blocked(decision: Decision, binding: BindingSide) -> Iterator[str]:
    """Yield what to do if everybody who could bind wrote commits (row 3)."""
    case, group = decision.case, "TSC member" if binding.is_tsc else "Core maintainer"
    rebase = f"git rebase --interactive {shlex.quote('origin/' + case.pull.base_ref)} && git push --force-with-lease"
    yield f"**Author**: leave out the commits by {_names(case, binding.authors)}, and push: {code(rebase)}"
    yield (
        f"**{group}** ({_names(case, binding.authors)}): your approval cannot count here, because you wrote commits of "
        "this pull request. Put them into one of your own, so that somebody else approves them."
    )


_BASE = "Do not change the base branch after an approval."


def _core_advice(decision: Decision, approve: str) -> Iterator[str]:
    case, binding = decision.case, decision.binding
    if binding is None:
        return
    group = "TSC member" if binding.is_tsc else "Core maintainer"
    if binding.early:
        yield f"**{group}** ({_names(case, binding.early)}): approve again after the plugin's side is met: {approve}"
    elif binding.objections:
        yield f"**{group}** ({_names(case, binding.objections)}): approve, or dismiss the change request: {approve}"
    elif binding.who:
        after = " after the plugin's side is met" if not decision.plugin_side_met and case.settings.ordered else ""
        yield f"**{group}** ({_names(case, binding.who)}): approve{after}: {approve}"
    if not decision.plugin_side_met:
        command = code(f'gh pr comment {case.pull.number} --body "/override {case.pull.head_sha} REASON"')
        yield f"**Core maintainer**: if the plugin's side cannot be met, override it: {command}"


def _notified(decision: Decision) -> Iterator[str]:
    """Yield the maintainers of plugins whose lifecycle state changes (row 18)."""
    case = decision.case
    for side in decision.plugins:
        people = sorted(case.maintainers(side.folder))
        if people and any(need.row == 18 for need in side.needs):
            yield f"{_names(case, people)} ({code(side.folder)})"


def _notes(case: Case) -> Iterator[str]:
    unknown = sum(commit.author_id is None for commit in case.pull.commits)
    if unknown:
        yield f"{count(unknown, 'commit')} whose author has no account on GitHub"
    trailers = dict.fromkeys(name for commit in case.pull.commits for name in commit.trailers)
    if trailers:
        names = [*trailers]
        yield f"co-authors by trailer: {markdown(', '.join(names[:10]) + and_more(len(names), 10))}"


def _applied(decision: Decision) -> Iterator[str]:
    yield from (f"row {row.number}: {row.when}" for row in ROWS if row.number in decision.rows)
