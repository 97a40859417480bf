"""Read ``governance/people.toml``: core maintainers, the TSC and release managers, present and former."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold.ownership.governance_reader import GovernanceFile
from commonhold.ownership.person import ListedPerson, active_ids, read_person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from commonhold.ownership.governance_reader import GovernanceProblem
    from commonhold.ownership.person import Role
    from commonhold.tree import Entry

PEOPLE = "governance/people.toml"
"""The file that lists the people, relative to the workspace."""


@dataclass(frozen=True)
class People:
    """The people in ``governance/people.toml``.

    Entries with mistakes are left out and give no right, so check ``problems`` first: a file with problems may list too
    few people, and then "nobody is core" would be wrong. If the file is missing, ``exists`` is false.
    """

    path: str
    people: tuple[ListedPerson, ...] = ()
    problems: tuple[GovernanceProblem, ...] = ()
    exists: bool = True

    def active(self, role: Role, day: date) -> frozenset[int]:
        """Return the ids of the people who have a role on a day and are not suspended."""
        return active_ids(self.people, role, day)

    def suspended(self, day: date) -> frozenset[int]:
        """Return the ids of the people who are suspended on a day. They have no rights in any plugin either."""
        return frozenset(person.id for person in self.people if person.is_suspended(day))

    def emeritus(self, day: date) -> tuple[ListedPerson, ...]:
        """Return the people whose roles have all ended."""
        return tuple(person for person in self.people if person.has_left(day))

    @cached_property
    def by_id(self) -> Mapping[int, ListedPerson]:
        """The people by the numeric id of their account."""
        return {person.id: person for person in self.people}


def read_people(path: str, data: bytes | None, entry: Entry | None = None) -> People:
    """Read the content of ``governance/people.toml``, or ``None`` if there is no such file. Never raises."""
    file = GovernanceFile(path, data, entry)
    read = file.read({"people": lambda value, _: value})
    people = file.entries("people", read.get("people", []), read_person)
    kept = unique_people(file, "people", people)
    return People(path, kept, file.problems, data is not None)


def unique_people(file: GovernanceFile, name: str, people: Iterable[ListedPerson]) -> tuple[ListedPerson, ...]:
    """Return the people without those whose id or login an earlier entry has; record each of these as a problem."""
    ids: dict[int, ListedPerson] = {}
    logins: dict[str, ListedPerson] = {}
    for person in people:
        same_id, same_login = ids.get(person.id), logins.get(person.login.lower())
        if same_id is not None:
            text = f"the id {person.id} of {person.login} is already used for {same_id.login}; list each person once"
        elif same_login is not None:
            text = f"the login {person.login} is already listed with the id {same_login.id}, and here with {person.id}"
        else:
            ids[person.id] = logins[person.login.lower()] = person
            continue
        file.reader.error(name, text)
        file.keep_problems(person.line)
    return tuple(ids.values())
