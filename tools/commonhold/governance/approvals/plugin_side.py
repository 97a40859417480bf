"""Decide whether the plugin's side of a touched plugin is met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from commonhold.governance.approvals.asks import ask_key
from commonhold.governance.approvals.decision import Need, PluginSide
from commonhold.governance.approvals.facts import APPROVED
from commonhold.governance.approvals.reviews import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from commonhold.governance.approvals.asks import Asks
    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.overrides import Overriding
    from commonhold.governance.approvals.requirements import Requirement
    from commonhold.governance.approvals.reviews import Moment, Tally
    from commonhold.governance.approvals.rules import Row

ALWAYS: Moment = (datetime.min.replace(tzinfo=timezone.utc), 0)
"""The moment of a need that is met from the beginning."""


@dataclass(frozen=True)
class PluginContext:
    """What decides about every plugin: the reviews, overrides and questions, the table, and whether row 22 applies."""

    tally: Tally
    overriding: Overriding
    asks: Asks
    table: Mapping[int, Row]
    objections: bool = True


def judge_plugin(
    case: Case,
    folder: str,
    requirements: Iterable[Requirement],
    context: PluginContext,
) -> PluginSide:
    """Return the plugin's side with every need of its rows."""
    needs = tuple(
        _overridden(_judge(case, requirement, context), context.overriding.since) for requirement in requirements
    )
    people = {person for need in needs for person in need.who}
    times = [asked for person in people if (asked := context.asks.first(person)) is not None]
    return PluginSide(folder, needs, min(times, default=None), _stale(case, people))


def _overridden(need: Need, since: Moment | None) -> Need:
    # An approval that comes after the override does not make core's approval in between an early one.
    if since is None or (need.since is not None and need.since <= since):
        return need
    return replace(need, since=since, how="overridden", condition="override")


def _judge(case: Case, requirement: Requirement, context: PluginContext) -> Need:
    row, folder = context.table[requirement.row], requirement.folder
    needs = [_consent(case, row, folder, person, context) for person in requirement.people] if row.consent else []
    if row.maintainers and not (row.consent and _needs_no_maintainer(case, folder)):
        needs.append(_maintainers(case, row, folder, context))
    need = _together(row, needs)
    if requirement.refusal:
        return replace(need, since=None, how=requirement.refusal, condition="split", asks=False)
    if row.objection and context.objections:
        need = _objected(case, need, folder, context.tally)
    return need


def _needs_no_maintainer(case: Case, folder: str) -> bool:
    """Return whether row 15 needs no current maintainer: there is none, or the author is one."""
    maintainers = case.maintainers(folder)
    return not maintainers or case.author_id in maintainers


def _together(row: Row, needs: list[Need]) -> Need:
    """Combine the needs of one row: it is met when the last of them is."""
    if not needs:
        return Need(row.number, "nothing", since=ALWAYS, how=row.plugin)
    unmet = [need for need in needs if need.since is None]
    wanted = " and ".join(dict.fromkeys(need.wanted for need in needs))
    by = tuple(dict.fromkeys(person for need in needs for person in need.by))
    if not unmet:
        latest = max(need.since for need in needs if need.since is not None)
        return Need(row.number, wanted, since=latest, by=by, how="; ".join(dict.fromkeys(each.how for each in needs)))
    who = tuple(dict.fromkeys(person for need in unmet for person in need.who))
    return Need(row.number, wanted, who, None, by, unmet[0].how, unmet[0].condition)


def _maintainers(case: Case, row: Row, folder: str, context: PluginContext) -> Need:
    """Judge the approval of maintainers (rows 4, 8, 10 and 15)."""
    tally = context.tally
    maintainers = case.maintainers(folder)
    wanted = f"{row.maintainers} maintainer"
    approvals = sorted((tally.approvals[id_] for id_ in maintainers & tally.approvals.keys()), key=lambda a: a.since)
    if len(approvals) >= row.maintainers:
        counted = approvals[: row.maintainers]
        return Need(row.number, wanted, (), counted[-1].since, tuple(each.person for each in counted), "approved")
    period = _period(case, row)
    if period is not None:
        key = ask_key(row.number, folder, case.pull.head_sha)
        ends = [context.asks.silence_end(case, person, key, period) for person in maintainers]
        silences = [end for end in ends if end is not None]
        if len(silences) == len(ends):
            return Need(row.number, wanted, (), (max(silences), 0), (), f"no answer for {period.days} days")
    who = tuple(sorted(maintainers))
    return Need(row.number, wanted, who, None, (), "no maintainer approved", "maintainer")


def _consent(case: Case, row: Row, folder: str, person: int, context: PluginContext) -> Need:
    """Judge the consent of one person (rows 15, 17 and 19)."""
    tally = context.tally
    wanted = f"{case.login(person)}"
    if person == case.author_id:
        return Need(row.number, wanted, (), ALWAYS, (person,), "author")
    if person in tally.approvals:
        return Need(row.number, wanted, (), tally.approvals[person].since, (person,), "approved")
    period = _period(case, row)
    if period is not None and person not in tally.change_requests:
        end = context.asks.silence_end(case, person, ask_key(row.number, folder, case.pull.head_sha), period)
        if end is not None:
            return Need(row.number, wanted, (), (end, 0), (), f"no answer for {period.days} days")
    return Need(row.number, wanted, (person,), None, (), f"{case.login(person)} has not approved", "consent")


def _period(case: Case, row: Row) -> timedelta | None:
    return {"bulk": case.settings.periods.bulk, "removal": case.settings.periods.removal}.get(row.period or "")


def _objected(case: Case, need: Need, folder: str, tally: Tally) -> Need:
    """Apply row 22: a change request by a maintainer stands until another maintainer approves later."""
    maintainers = case.maintainers(folder)
    since = need.since
    for person in sorted(maintainers & tally.change_requests.keys()):
        request = moment(tally.change_requests[person])
        later = [
            approval.latest
            for other, approval in tally.approvals.items()
            if other in maintainers and other != person and approval.latest > request
        ]
        if not later:
            how = f"{case.login(person)} requests changes"
            who = tuple(sorted(maintainers - {case.author_id or 0}))
            return replace(need, who=who, since=None, how=how, condition="change-request")
        since = None if since is None else max(since, min(later))
    return replace(need, since=since)


def _stale(case: Case, people: set[int]) -> tuple[int, int | None] | None:
    """Find the latest approval by one of the people that is for an earlier commit."""
    commits = [commit.sha for commit in case.pull.commits]
    found = None
    for review in sorted(case.pull.reviews, key=lambda each: each.id):
        account = review.account
        if account is None or account.id not in people or review.state != APPROVED:
            continue
        if review.commit_id != case.pull.head_sha:
            known = review.commit_id in commits
            found = account.id, len(commits) - 1 - commits.index(review.commit_id or "") if known else None
    return found
