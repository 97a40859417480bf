"""Compare people between base and head: rights that are granted, ended or suspended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from commonhold.ownership import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.ownership import ListedPerson, People, PluginGovernance, Term

    Days = tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class GovernanceChange:
    """The differences between two versions of a plugin's ``governance.toml``, from a day on.

    ``added`` people gain rights, and ``removed`` people lose them. ``lifecycle`` means that the state, its date or its
    reason differs, and ``other`` that something else differs, or nothing that has a meaning.
    """

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    suspended: tuple[int, ...] = ()
    lifecycle: bool = False
    other: bool = False


def compare_governance(base: PluginGovernance | None, head: PluginGovernance | None, day: date) -> GovernanceChange:
    """Compare a plugin's ``governance.toml`` at base and head; ``None`` stands for a missing file."""
    before = {} if base is None else {person.id: person for person in base.maintainers}
    after = {} if head is None else {person.id: person for person in head.maintainers}
    ids = [*after, *(id_ for id_ in before if id_ not in after)]
    added = tuple(id_ for id_ in ids if _gains(before.get(id_), after.get(id_), (Role.MAINTAINER,), day))
    removed = tuple(id_ for id_ in ids if _loses(before.get(id_), after.get(id_), Role.MAINTAINER, day))
    suspended = tuple(
        id_ for id_ in ids if id_ in before and id_ in after and _is_suspended_more(before[id_], after[id_], day)
    )
    lifecycle = _lifecycle(base) != _lifecycle(head)
    known = {*added, *removed, *suspended}
    edited = any(before.get(id_) != after.get(id_) for id_ in ids if id_ not in known)
    renamed = any(_about(before[id_]) != _about(after[id_]) for id_ in known if id_ in before and id_ in after)
    return GovernanceChange(
        added, removed, suspended, lifecycle, edited or renamed or not (added or removed or suspended or lifecycle)
    )


def only_ends_rights(base: People, head: People, day: date) -> bool:
    """Return whether a change of ``governance/people.toml`` only ends or suspends rights."""
    if base == head or not head.exists:
        return False
    roles = tuple(Role)
    for person in head.people:
        before = base.by_id.get(person.id)
        if before is None or _about(before) != _about(person) or _gains(before, person, roles, day):
            return False
    # Without its entry, a suspended person would have rights in plugins again.
    return all(person.id in head.by_id or not _suspension(person, day) for person in base.people)


def changes_tsc(base: People, head: People) -> bool:
    """Return whether the list of the TSC differs."""
    return _tsc(base) != _tsc(head)


def _tsc(people: People) -> frozenset[tuple[int, Term]]:
    return frozenset((each.id, each.terms[Role.TSC]) for each in people.people if Role.TSC in each.terms)


def _lifecycle(governance: PluginGovernance | None) -> tuple[object, ...]:
    return () if governance is None else (governance.state, governance.since, governance.reason)


def _about(person: ListedPerson) -> tuple[object, ...]:
    return person.name, person.login, person.company, person.contact


def _gains(before: ListedPerson | None, after: ListedPerson | None, roles: Iterable[Role], day: date) -> bool:
    if after is None:
        return False
    for role in roles:
        if not _is_within(_days(_term(after, role), day), _days(_term(before, role), day)):
            return True
    return before is not None and not _is_within(_suspension(before, day), _suspension(after, day))


def _loses(before: ListedPerson | None, after: ListedPerson | None, role: Role, day: date) -> bool:
    return not _is_within(_days(_term(before, role), day), _days(_term(after, role), day))


def _term(person: ListedPerson | None, role: Role) -> Term | None:
    return None if person is None else person.terms.get(role)


def _is_suspended_more(before: ListedPerson, after: ListedPerson, day: date) -> bool:
    return not _is_within(_suspension(after, day), _suspension(before, day))


def _suspension(person: ListedPerson, day: date) -> Days:
    return None if person.suspension is None else _days(person.suspension.term, day)


def _days(term: Term | None, day: date) -> Days:
    """Return the first and the last day of a term that are not past, or ``None`` if there are none."""
    if term is None or term.has_ended(day):
        return None
    return max(term.start, day), term.end or date.max


def _is_within(inner: Days, outer: Days) -> bool:
    return inner is None or (outer is not None and outer[0] <= inner[0] and inner[1] <= outer[1])
