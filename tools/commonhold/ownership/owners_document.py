"""Describe who owns paths, and whose approval a change to them needs, as JSON (schema 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonhold.ownership.person import Role
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from commonhold.ownership.governance_reader import GovernanceProblem
    from commonhold.ownership.owners import OwnedPlugin, Ownership, PathOwner
    from commonhold.ownership.person import ListedPerson

ROLES = (Role.CORE, Role.TSC, Role.RELEASE_MANAGER)
"""The roles that ``governance/people.toml`` gives."""


NO_MAINTAINER = "no maintainer is active"
"""The reason why nobody approves a change to a plugin before core."""


@dataclass(frozen=True, slots=True)
class DescribedOwner:
    """The owner of a path on a day. One of ``first`` approves before core.

    ``why`` is the reason why nobody does so, for a path in a plugin.
    """

    owner: PathOwner
    first: tuple[ListedPerson, ...]
    why: str

    @property
    def binding(self) -> int:
        """The number of core approvals that a change to the path needs."""
        return self.owner.kind.binding_approvals


def describe_owner(ownership: Ownership, path: str, day: date) -> DescribedOwner:
    """Return the owner of a path with the people who approve first."""
    owner = ownership.of(path)
    plugin = owner.plugin
    if plugin is None:
        return DescribedOwner(owner, (), "")
    if not plugin.asks_maintainers:
        return DescribedOwner(owner, (), f'the tier {plugin.tier.name} has approvals = "core"')
    active = ownership.maintainers(plugin, day)
    first = tuple(person for person in plugin.governance.maintainers if person.id in active)
    return DescribedOwner(owner, first, "" if first else NO_MAINTAINER)


def owners_document(
    ownership: Ownership, owners: Iterable[DescribedOwner], names: Mapping[str, str], day: date
) -> dict[str, Any]:
    """Return the document of ``commonhold owners --json``; ``names`` are the distributions of plugins by folder."""
    people = ownership.people
    return {
        "schema": 1,
        "day": day.isoformat(),
        "owners": [_owner(ownership, each, names, day) for each in owners],
        "people": [
            {
                **_person(person),
                "roles": [role.value for role in ROLES if person.is_active(role, day)],
                "suspended": person.is_suspended(day),
                "emeritus": person.has_left(day),
            }
            for person in people.people
        ],
        "problems": [_problem(each) for each in ownership.problems],
    }


def _owner(ownership: Ownership, each: DescribedOwner, names: Mapping[str, str], day: date) -> dict[str, Any]:
    owner = each.owner
    return {
        "path": printable(ownership.config.shown(owner.path)),
        "kind": owner.kind.value,
        "plugin": None if owner.plugin is None else _plugin(ownership, owner.plugin, names, day),
        "first": [person.login for person in each.first],
        "binding": each.binding,
    }


def _plugin(ownership: Ownership, plugin: OwnedPlugin, names: Mapping[str, str], day: date) -> dict[str, Any]:
    governance, active = plugin.governance, ownership.maintainers(plugin, day)
    return {
        "name": names.get(plugin.folder, plugin.name),
        "path": printable(ownership.config.shown(plugin.folder)),
        "tier": plugin.tier.name,
        "approvals": plugin.tier.approvals,
        "state": governance.state.value,
        "maintainers": [{**_person(person), "active": person.id in active} for person in governance.maintainers],
        "problems": [_problem(problem) for problem in governance.problems],
    }


def _person(person: ListedPerson) -> dict[str, Any]:
    return {
        "name": person.name,
        "login": person.login,
        "id": person.id,
        "company": person.company,
        "contact": person.contact,
    }


def _problem(problem: GovernanceProblem) -> dict[str, Any]:
    return {"path": printable(problem.path), "line": problem.line, "message": problem.message}
