"""Read the people in governance files: accounts by numeric id, the terms of their roles, and suspensions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from commonhold.ownership.governance_reader import GovernanceReader
from commonhold.workspace.config.reader import join_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from typing import Any

MOST_ID = 2**63 - 1
"""The highest numeric id of an account."""

# GitHub's logins have at most 39 characters. Those of managed users have an underscore; old ones may end with a dash.
_LOGIN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}"
_ID = r"[1-9][0-9]{0,18}"
_CONTACT = r"mailto:[^\s@<>]+@[^\s@<>]+|https?://[^\s<>]+"


class Role(Enum):
    """A role with a term. Only ``governance/people.toml`` gives the first three, and a plugin's file the last one."""

    CORE = "core"
    TSC = "tsc"
    RELEASE_MANAGER = "release-manager"
    MAINTAINER = "maintainer"


@dataclass(frozen=True, slots=True)
class Term:
    """A period of days in UTC: ``start`` is its first day, and ``end`` its last day (``None``: no end)."""

    start: date
    end: date | None = None

    def contains(self, day: date) -> bool:
        """Return whether a day is in the term."""
        return self.start <= day and not self.has_ended(day)

    def has_ended(self, day: date) -> bool:
        """Return whether the term's last day is before ``day``."""
        return self.end is not None and self.end < day


@dataclass(frozen=True, slots=True)
class Suspension:
    """A period in which a person has no rights, with the reason."""

    term: Term
    reason: str


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person in a governance file. ``id`` identifies the account; the login is for readers, and can change.

    ``emeritus`` means that the file says so: the person left, and the end of every term is intended. ``line`` is the
    first line of the entry.
    """

    name: str
    login: str
    id: int
    terms: Mapping[Role, Term] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    company: str | None = None
    contact: str | None = None
    suspension: Suspension | None = None
    emeritus: bool = False
    line: int | None = field(default=None, compare=False)

    def is_active(self, role: Role, day: date) -> bool:
        """Return whether the person has a role on a day, and is not suspended on that day."""
        term = self.terms.get(role)
        return term is not None and term.contains(day) and not self.is_suspended(day)

    def is_suspended(self, day: date) -> bool:
        """Return whether the person is suspended on a day."""
        return self.suspension is not None and self.suspension.term.contains(day)

    def has_left(self, day: date) -> bool:
        """Return whether the term of each role has ended."""
        return bool(self.terms) and all(term.has_ended(day) for term in self.terms.values())


def active_ids(people: Iterable[ListedPerson], role: Role, day: date) -> frozenset[int]:
    """Return the ids of the people who have a role on a day and are not suspended."""
    return frozenset(person.id for person in people if person.is_active(role, day))


def parse_account(text: str) -> tuple[str, int] | None:
    """Return the login and the numeric id in ``LOGIN:ID``, or ``None`` if they are invalid.

    >>> parse_account("octocat:583231"), parse_account("octocat")
    (('octocat', 583231), None)
    """
    login, _, digits = text.rpartition(":")
    if not re.fullmatch(_ID, digits):
        return None
    reader = GovernanceReader()
    account = read_login(reader, login, "login"), read_id(reader, int(digits), "id")
    return None if reader.problems else account


def read_person(reader: GovernanceReader, value: Any, key: str, line: int | None) -> ListedPerson | None:
    """Read an entry of ``governance/people.toml``; ``None`` if it contains a mistake, which ``reader`` records."""
    roles = (Role.CORE, Role.TSC, Role.RELEASE_MANAGER)
    read = _read(reader, value, key, {role.value: reader.bound(_term) for role in roles})
    if read is None:
        return None
    terms = {role: term for role in roles if (term := read.pop(role.value, None)) is not None}
    if not terms and "suspended" not in read:
        reader.error(key, f"gives no role; add a line such as {roles[0].value} = {{ from = 2027-01-31 }}")
        return None
    return _person(reader, read, terms, key, line)


def read_maintainer(reader: GovernanceReader, value: Any, key: str, line: int | None) -> ListedPerson | None:
    """Read an entry of a plugin's ``governance.toml``; ``None`` if it contains a mistake, which ``reader`` records."""
    read = _read(reader, value, key, {"from": reader.day, "until": reader.day}, ("from",))
    if read is None:
        return None
    start, end = read.pop("from"), read.pop("until", None)
    term = _checked_term(reader, start, end, key)
    return None if term is None else _person(reader, read, {Role.MAINTAINER: term}, key, line)


def _read(
    reader: GovernanceReader, value: Any, key: str, more: Mapping[str, Any], required: tuple[str, ...] = ()
) -> dict[str, Any] | None:
    readers = {
        "name": reader.line,
        "login": reader.bound(read_login),
        "id": reader.bound(read_id),
        "company": reader.line,
        "contact": reader.bound(_contact),
        "suspended": reader.bound(_suspension),
        "emeritus": reader.flag,
        **more,
    }
    before = len(reader.problems)
    read = reader.required_table(value, key, readers, ("name", "login", *required))
    if isinstance(value, dict) and "id" not in value:
        login = read.get("login") or "LOGIN"
        reader.error(join_key(key, "id"), f"is required; `gh api users/{login} --jq .id` prints it")
    return read if len(reader.problems) == before else None


def _person(
    reader: GovernanceReader, read: dict[str, Any], terms: Mapping[Role, Term], key: str, line: int | None
) -> ListedPerson | None:
    endless = [role.value for role, term in terms.items() if term.end is None]
    if read.get("emeritus") and endless:
        reader.error(join_key(key, "emeritus"), f"needs an end of each term; add `until` to {' and '.join(endless)}")
        return None
    suspension = read.pop("suspended", None)
    return ListedPerson(**read, terms=MappingProxyType(dict(terms)), suspension=suspension, line=line)


def read_login(reader: GovernanceReader, value: Any, key: str) -> str:
    """Read a login of GitHub, which is never that of a bot."""
    text = reader.line(value, key)
    if text.endswith("[bot]"):
        reader.error(key, "names a bot; bots have no roles")
    elif text.startswith("@"):
        reader.error(key, "must be written without @")
    elif text and not re.fullmatch(_LOGIN, text):
        reader.error(
            key, f"{text[:60]!a} is not a login of GitHub: at most 39 of the characters A-Z, a-z, 0-9, - and _"
        )
    return text


def read_id(reader: GovernanceReader, value: Any, key: str) -> int:
    """Read the numeric id of an account."""
    # A boolean is an integer in Python, and Python's integers have no limit.
    if type(value) is int and 1 <= value <= MOST_ID:
        return value
    reader.error(key, "expected the account's numeric id, an integer from 1 to 2^63 - 1 without quotes")
    return 0


def _contact(reader: GovernanceReader, value: Any, key: str) -> str:
    text = reader.line(value, key)
    if text and not re.fullmatch(_CONTACT, text):
        reader.error(key, 'expected a URL, such as "mailto:octocat@example.com" or "https://example.com/contact"')
    return text


def _term(reader: GovernanceReader, value: Any, key: str) -> Term | None:
    before = len(reader.problems)
    read = reader.required_table(value, key, {"from": reader.day, "until": reader.day}, ("from",))
    return _checked_term(reader, read["from"], read.get("until"), key) if len(reader.problems) == before else None


def _suspension(reader: GovernanceReader, value: Any, key: str) -> Suspension | None:
    before = len(reader.problems)
    readers = {"from": reader.day, "until": reader.day, "reason": reader.line}
    read = reader.required_table(value, key, readers, ("from", "reason"))
    if len(reader.problems) > before:
        return None
    term = _checked_term(reader, read["from"], read.get("until"), key)
    return None if term is None else Suspension(term, read["reason"])


def _checked_term(reader: GovernanceReader, start: date, end: date | None, key: str) -> Term | None:
    if end is not None and end < start:
        reader.error(join_key(key, "until"), f"is before the first day, {start}")
        return None
    return Term(start, end)
