"""Say in one line who is next: the text of the commit status, which has at most 140 characters."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from commonhold.governance.approvals.binding import only_authors
from commonhold.governance.approvals.decision import GateState, NextStep
from commonhold.governance.approvals.facts import OUTDATED
from commonhold.text import and_more, count, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.decision import BindingSide, Decision, Need, PluginSide

MOST_CHARACTERS = 140
"""The number of characters of a commit status that GitHub accepts."""

_EVERY = timedelta(minutes=30)
"""The interval of the scheduled run."""

_MOST_NAMES = 4


def status_text(decision: Decision) -> str:
    """Return who is next, or who approved, in at most 140 characters."""
    for text in map(printable, _candidates(decision)):  # folders have any name
        if len(text) <= MOST_CHARACTERS:
            return text
    return text[: MOST_CHARACTERS - 1] + "…"


def combined_status(
    decisions: Sequence[Decision], *, complete: bool = True, several: bool = False
) -> tuple[GateState, str]:
    """Return the state and text for pull requests that share a status, or that are in one merge group.

    The state is success only if it is success for each of them, and (``complete``) if all of them are known. The text
    names the pull request that it is about if there are ``several``, although not all of them count.
    """
    if not complete or not decisions:
        return GateState.PENDING, "A pull request of this commit could not be identified, so nothing is decided"
    waiting = [each for each in decisions if each.state is not GateState.SUCCESS]
    first = waiting[0] if waiting else decisions[0]
    text = status_text(first)
    if several or len(decisions) > 1:
        text = f"#{first.case.pull.number}: {text}"
    if len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS - 1] + "…"
    return first.state, text


def _candidates(decision: Decision) -> Iterator[str]:
    """Yield texts from the most complete to the shortest."""
    case, binding = decision.case, decision.binding
    if binding is None:
        yield _closed(decision)
    elif decision.next is NextStep.PLUGIN:
        yield from _plugin_texts(decision)
    elif decision.next is NextStep.DONE:
        for most in range(_MOST_NAMES, 0, -1):
            yield _done(decision, most)
    elif decision.next is NextStep.AUTHOR:
        names = _names(case, [case.author_id] if case.author_id is not None else [], " or ", 1)
        if binding is not None and binding.is_blocked:
            yield f"{names or 'Author'}: all {only_authors(case, binding)}. Leave out their commits"
            yield f"{names or 'Author'}: leave out the commits by core maintainers, so that one of them can approve"
        else:
            yield f"{names or 'Author'}: {_first_unmet(decision).how}"
    elif decision.next is NextStep.MERGED:
        yield f"Merged without passing the gate: {decision.reasons[0].text}"
    else:
        yield _binding_text(decision, binding)


def _closed(decision: Decision) -> str:
    """Return the text for rows 1 and 2."""
    case, reason = decision.case, decision.reasons[0]
    text = printable(reason.text)
    if reason.condition == "draft":
        return "Draft: nobody is asked until it is ready for review"
    if reason.condition == "protected":
        return f"Administrators: {text}"
    if reason.condition == "head-owners":
        return f"Author: {text}"
    if decision.next is NextStep.REPAIR:
        return _repair(case)
    if reason.condition == "author":
        return f"{text[0].upper()}{text[1:]}: somebody must open this pull request again"
    if any(each.what == OUTDATED for each in case.pull.unread):
        return f"Author: {text}"
    if any(each.permanent for each in case.pull.unread):
        return f"Author: split this pull request; {text}"
    return unreadable_status(case.now)


def _repair(case: Case) -> str:
    """Return which file at base is broken, and who can repair it."""
    if case.base.problems:
        path = case.base.problems[0].path
        return f"Administrator: merge a repair of {path} without the gate; nobody can bind until then"
    broken = [plugin.governance.path for plugin in case.base.plugins.values() if plugin.governance.problems]
    return f"Core: {broken[0] if broken else 'a file'} is broken; repair it in a pull request of its own"


def unreadable_status(now: datetime) -> str:
    """Return the text for a pull request that could not be read completely."""
    return f"Could not read GitHub completely; trying again by {_next_run(now):%H:%M} UTC"


def _next_run(now: datetime) -> datetime:
    half_hour = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    return half_hour + _EVERY


def _first_unmet(decision: Decision) -> Need:
    needs = [need for side in decision.plugins for need in side.needs if need.since is None]
    return next((need for need in needs if not need.asks), needs[0])


def _plugin_texts(decision: Decision) -> Iterator[str]:
    case = decision.case
    unmet = [side for side in decision.plugins if not side.is_met]
    side = unmet[0]
    more = f", and {count(len(unmet) - 1, 'more plugin')}" if len(unmet) > 1 else ""
    objecting = [need for need in side.needs if need.since is None and need.condition == "change-request"]
    if side.stale is not None and side.stale[0] in side.waiting:
        person, commits = side.stale
        new = count(commits, "new commit") if commits else "New commits"
        yield f"{new} since {_names(case, [person], '', 1)} approved: please look again{more}"
    if objecting:
        yield f"@{objecting[0].how} ({side.name}): waiting for another maintainer or a new commit{more}"
    since = f", asked {_days_ago(case.now, side.asked)}" if side.asked is not None and not more else ""
    for most in range(_MOST_NAMES, 0, -1):
        parts = [f"{_waiting(case, each, most)} ({each.name})" for each in unmet]
        yield f"Waiting for {', '.join(parts)}{since}"
    yield f"Waiting for {_waiting(case, side, 1)} ({side.name}){since}{more}"
    yield f"Waiting for the maintainers of {side.name}{more}"


def _waiting(case: Case, side: PluginSide, most: int) -> str:
    """Name the people who are asked: one of several maintainers, and each person whose consent is needed."""
    joiner = " and " if any(need.condition == "consent" for need in side.needs) else " or "
    return _names(case, side.waiting, joiner, most)


def _days_ago(now: datetime, asked: datetime) -> str:
    days = (now - asked).days
    return f"{count(days, 'day')} ago" if days > 0 else "today"


def _binding_text(decision: Decision, binding: BindingSide) -> str:
    case = decision.case
    group = "TSC" if binding.is_tsc else "Core"
    if decision.next is NextStep.NOBODY:
        return "Nobody can bind: no core maintainer and no TSC member except the author is active"
    if binding.objections:
        names = _names(case, binding.objections, " and ", _MOST_NAMES)
        return f"{names} requested changes: pending until withdrawn or dismissed"
    if decision.next is NextStep.AGAIN:
        names = _names(case, binding.early, " and ", _MOST_NAMES)
        return f"{names}: the plugin's side is done now, please approve again"
    if decision.next is NextStep.VOTE:
        return "TSC: a closed vote about this change is missing"
    missing = binding.needed - len(binding.by)
    orphans = [side.name for side in decision.plugins if [need.row for need in side.needs] == [6]]
    if orphans and not any(need.by for side in decision.plugins for need in side.needs):
        return f"{orphans[0]} has no maintainer{and_more(len(orphans))}: {group.lower()} decides"
    if missing > 1:
        return f"{group}: {missing} approvals are needed"
    last = "1 more approval is the last step" if binding.by else "your approval is the last step"
    return f"{'Plugin side done. ' if _asked_plugins(decision) else ''}{group}: {last}"


def _asked_plugins(decision: Decision) -> bool:
    return any(need.by or need.how for side in decision.plugins for need in side.needs if need.wanted != "nothing")


def _done(decision: Decision, most: int) -> str:
    case, binding = decision.case, decision.binding
    approved = []
    for side in decision.plugins:
        people = tuple(dict.fromkeys(person for need in side.needs for person in need.by))
        if people:
            approved.append(f"{_names(case, people, ', ', most)} ({side.name})")
    parts = [f"{', '.join(approved[:most])}{and_more(len(approved), most)}"] if approved else []
    if decision.overridden:
        overriders = [each.person for each in decision.overrides if not each.refusal]
        parts.append(f"override by {_names(case, overriders, ', ', most)}")
    group = "TSC" if binding is not None and binding.is_tsc else "core"
    parts.append(f"{_names(case, binding.by if binding is not None else (), ', ', most)} ({group})")
    return "Done: " + ", then ".join(parts)


def _names(case: Case, people: Sequence[int], joiner: str, most: int) -> str:
    """Join logins of people who are next, or who approved, with ``@``."""
    names = [f"@{case.login(person)}" for person in people]
    if len(names) > most:
        return f"{', '.join(names[:most])} or {len(names) - most} more"
    return joiner.join(names)
