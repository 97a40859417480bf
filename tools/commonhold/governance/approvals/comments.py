"""Decide whom to ask on GitHub: review requests, the one comment, and reminders. Nothing is posted here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from commonhold.governance.approvals.asks import MARKER, ask_key, asked_in, find_asks
from commonhold.governance.approvals.decision import NextStep
from commonhold.text import and_more, code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from commonhold.governance.approvals.asks import Asked, Asks
    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.decision import Decision

MOST_COMMENTS = 3
"""The number of comments that a pull request gets."""

MOST_MENTIONS = 10
"""The number of people whom a comment mentions."""

MOST_CORE_ASKED = 3
"""The number of core maintainers who are asked to review. Any other can approve instead."""

_MOST_FOLDERS = 5
_ASKING = frozenset({NextStep.PLUGIN, NextStep.CORE, NextStep.AGAIN})


@dataclass(frozen=True, slots=True)
class Outreach:
    """What to do on GitHub so that the people who are next learn of it."""

    request: tuple[int, ...] = ()
    """People whose review is to be requested."""

    body: str | None = None
    """The new text of the one comment, or ``None`` to leave it as it is."""

    edit: int | None = None
    """The id of the comment that gets ``body``, or ``None`` to post a new comment."""

    reminder: str | None = None
    """A further comment to post."""

    mention: tuple[int, ...] = ()
    """The people whom the comments mention."""


def plan_outreach(decision: Decision, *, pushed: bool = False) -> Outreach:
    """Return whom to ask, and how. ``pushed`` means that a push started this run, so no comment is posted."""
    case = decision.case
    if case.pull.draft or case.pull.merged_at is not None:
        return Outreach()
    asks = find_asks(case)
    comments = asks.comments
    people = people_to_ask(decision)
    # Silence counts as consent only after a comment that says so.
    keyed = {person for person, key in _keys(decision, people) if key}
    request = tuple(id_ for id_ in people if id_ in case.pull.requestable and id_ not in case.pull.requested)
    mention = tuple(id_ for id_ in people if id_ not in case.pull.requestable or id_ in keyed)
    body, edit = None, None
    if comments:
        edit = comments[0].id
        text = _body(decision, mention, asked_in(comments[0]))
        body = text if text != comments[0].body and decision.binding is not None else None
    elif mention and not pushed:
        body = _body(decision, mention, {})
    late = () if pushed or (body is not None and not comments) else _late(decision, people, asks)
    reminder = _reminder(decision, late, asks) if late else None
    mentioned = (*(mention[:MOST_MENTIONS] if body is not None else ()), *late)
    return Outreach(request, body, edit if body is not None else None, reminder, tuple(dict.fromkeys(mentioned)))


def people_to_ask(decision: Decision) -> tuple[int, ...]:
    """Return the people who are next, at first one person of each plugin, then a second one, and so on."""
    case, binding = decision.case, decision.binding
    if decision.next not in _ASKING or binding is None:
        return ()
    people: list[int] = []
    if decision.next is NextStep.PLUGIN:
        people += _in_turns([side.waiting for side in decision.plugins if not side.is_met])
    if decision.next is NextStep.AGAIN:
        people += binding.early
    elif decision.next is NextStep.CORE or not case.settings.ordered:
        people += binding.objections or in_rotation(binding.who, case.pull.number)
    return tuple(dict.fromkeys(people))


def _in_turns(groups: Sequence[Sequence[int]]) -> Iterator[int]:
    for turn in range(max(map(len, groups), default=0)):
        yield from (group[turn] for group in groups if turn < len(group))


def in_rotation(people: Sequence[int], number: int) -> list[int]:
    """Choose a few people, starting at another one for each pull request."""
    start = number % len(people) if people else 0
    return [*people[start:], *people[:start]][:MOST_CORE_ASKED]


def _keys(decision: Decision, people: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield each person who is asked, with the key of what the person is asked for."""
    found = set()
    for side in decision.plugins:
        for need in side.needs:
            if need.since is None and need.asks:
                key = ask_key(need.row, side.folder, decision.case.pull.head_sha)
                found |= {(person, key) for person in need.who if person in people}
    yield from sorted(found)
    yield from ((person, "") for person in people if all(person != asked for asked, _ in found))


def _marker(kind: str, asked: Asked) -> str:
    entries = ((f"{person}.{key}" if key else f"{person}", at) for (person, key), at in sorted(asked.items()))
    return f"{MARKER}{kind}{' '.join(f'{entry}@{at:%Y-%m-%dT%H:%M:%SZ}' for entry, at in entries)} -->"


def _body(decision: Decision, mention: Sequence[int], asked: Asked) -> str:
    """Return the text of the one comment. Only people who are asked are mentioned."""
    case = decision.case
    mentioned = mention[:MOST_MENTIONS]
    # Silence of somebody who was not mentioned is no consent.
    asking = dict.fromkeys(_keys(decision, [*filter(case.is_reachable, mentioned)]), case.now)
    # A question about an earlier head of a bulk change is void.
    times = {**asking, **{item: at for item, at in asked.items() if item in asking or not item[1].startswith("10")}}
    # The text has no times, so that the comment is not edited every day.
    title = "This pull request waits for a review." if mentioned else "Nobody is asked at the moment."
    lines = [_marker("", times), f"**{title}**", "", *_requests(case, decision, mentioned)]
    lines += [
        "",
        "A comment by the approval gate, which is edited in place. The status's details explain the decision.",
    ]
    return "\n".join(lines) + "\n"


def _requests(case: Case, decision: Decision, mentioned: Sequence[int]) -> Iterator[str]:
    """Yield what each person is asked for. Each person is mentioned once; further lines contain the login without @."""
    groups: dict[tuple[int, str, tuple[int, ...]], list[str]] = defaultdict(list)
    for side in decision.plugins:
        for need in side.needs:
            people = tuple(person for person in need.who if person in mentioned)
            if people and need.since is None and need.asks:
                groups[need.row, need.condition, people].append(side.folder)
    done: set[int] = set()
    for (row, condition, people), folders in groups.items():
        names = ", ".join(map(code, folders[:_MOST_FOLDERS])) + and_more(len(folders), _MOST_FOLDERS)
        yield f"- {_mentions(case, people, done)}: {_why(case, row, condition, names)}"
    rest = [person for person in mentioned if person not in done]
    if rest:
        yield f"- {_mentions(case, rest, done)}: please review this pull request; your approval is the last step."


def _mentions(case: Case, people: Iterable[int], done: set[int]) -> str:
    names = []
    for person in people:
        names.append(case.login(person) if person in done else case.mention(person))
        done.add(person)
    return ", ".join(names)


def _why(case: Case, row: int, condition: str, plugins: str) -> str:
    periods = case.settings.periods
    if row == 15 and condition == "consent":
        return f"this pull request names you as a maintainer of {plugins}. Please approve it if you accept."
    if row == 17:
        return (
            f"this pull request removes you as a maintainer of {plugins}. Please approve or object within "
            f"{periods.removal.days} days."
        )
    if row == 19:
        return (
            f"this pull request names you as a maintainer of the new plugin {plugins}. By approving it you accept that "
            "you maintain and support the plugin, have no write access, and do not have the final say."
        )
    if row == 10:
        return (
            f"this pull request changes many plugins, and you maintain {plugins}. Without your answer, it proceeds "
            f"after {periods.bulk.days} days; a change request stops it."
        )
    return (
        f"you maintain {plugins}. Please review this pull request, and approve it or request changes. Your approval "
        "comes first, and core's approval is binding."
    )


def _late(decision: Decision, people: Sequence[int], asks: Asks) -> tuple[int, ...]:
    """Return whom a reminder addresses on day 7 and on day 14, if somebody who was asked has not answered."""
    case = decision.case
    asked = {person: at for person in people if (at := asks.first(person)) is not None}
    comments = asks.comments
    reminders = [each for each in comments if each.body.startswith(f"{MARKER}reminder ")]
    periods = case.settings.periods.reminders
    if len(comments) >= MOST_COMMENTS or len(reminders) >= len(periods):
        return ()
    due = periods[len(reminders)]
    latest = max((each.created_at for each in comments), default=None)
    if latest is not None and case.now - latest < periods[0]:
        return ()
    late = [id_ for id_ in people if id_ in asked and case.now - max(asked[id_], case.ready_since) >= due]
    fresh = [person for person in people if person not in asked and person not in case.pull.requestable]
    late = [*filter(case.is_reachable, late)]
    return (*late, *filter(case.is_reachable, fresh))[:MOST_MENTIONS] if late else ()


def _reminder(decision: Decision, mentioned: Sequence[int], asks: Asks) -> str:
    case = decision.case
    times = dict.fromkeys(_keys(decision, mentioned), case.now)
    first = min(at for person in mentioned if (at := asks.first(person)) is not None)
    lines = [
        _marker("reminder ", times),
        f"**Reminder:** this pull request has waited for an answer for {(case.now - first) // timedelta(days=1)} days.",
        "",
        *_requests(case, decision, mentioned),
    ]
    return "\n".join(lines) + "\n"
