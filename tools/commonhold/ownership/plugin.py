"""Read and write a plugin's ``governance.toml``: its lifecycle state and its maintainers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from commonhold.errors import page_url
from commonhold.ownership.governance_reader import GovernanceFile
from commonhold.ownership.people import unique_people
from commonhold.ownership.person import ListedPerson, Role, Term, active_ids, read_maintainer
from commonhold.workspace.config.reader import toml_string

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from commonhold.ownership.governance_reader import GovernanceProblem
    from commonhold.tree import Entry

GOVERNANCE = "governance.toml"
"""The file that lists a plugin's maintainers, relative to the plugin's folder."""


class LifecycleState(Enum):
    """The state of a plugin in its life: noticed plugins have been told what to fix, orphans have no maintainer."""

    ACTIVE = "active"
    NOTICED = "noticed"
    ORPHANED = "orphaned"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class PluginGovernance:
    """A plugin's ``governance.toml``.

    Entries with mistakes are left out, so check ``problems`` first, as for ``People``. If the file is missing,
    ``exists`` is false, and the plugin has no maintainers.
    """

    path: str
    state: LifecycleState = LifecycleState.ACTIVE
    since: date | None = None
    reason: str | None = None
    maintainers: tuple[ListedPerson, ...] = ()
    problems: tuple[GovernanceProblem, ...] = ()
    exists: bool = True

    def active_maintainers(self, day: date) -> frozenset[int]:
        """Return the ids of the maintainers on a day who are not suspended; an orphaned plugin has none."""
        if self.state is LifecycleState.ORPHANED:
            return frozenset()
        return active_ids(self.maintainers, Role.MAINTAINER, day)


_HEAD = """\
# The people who approve changes to this plugin before a core maintainer, and the plugin's state. Rights belong to the
# numeric id of an account: `gh api users/LOGIN --jq .id` prints it. The keys are described at
# {url}

state = "active"
"""


def format_governance(people: Iterable[ListedPerson], day: date) -> bytes:
    """Return a ``governance.toml`` for a new plugin; without people, a comment shows an entry from ``day``."""
    example = ListedPerson("The Octocat", "octocat", 583231, {Role.MAINTAINER: Term(day)})
    blocks = ["\n".join(_table(person)) for person in people]
    blocks = blocks or ["\n".join(f"# {line}" for line in _table(example))]
    return "\n".join(
        [_HEAD.format(url=page_url("reference/governance-files")), *(f"{block}\n" for block in blocks)]
    ).encode()


def _table(person: ListedPerson) -> Iterator[str]:
    yield "[[maintainers]]"
    yield f"name = {toml_string(person.name)}"
    yield f"login = {toml_string(person.login)}"
    yield f"id = {person.id}"
    if person.contact is not None:
        yield f"contact = {toml_string(person.contact)}"
    yield f"from = {person.terms[Role.MAINTAINER].start}"


def read_governance(path: str, data: bytes | None, entry: Entry | None = None) -> PluginGovernance:
    """Read the content of a ``governance.toml``, or ``None`` if there is no such file. Never raises."""
    file = GovernanceFile(path, data, entry)
    reader = file.reader
    read = file.read(
        {
            "state": reader.choice(*(state.value for state in LifecycleState)),
            "since": reader.day,
            "reason": reader.line,
            "maintainers": lambda value, _: value,
        }
    )
    state = LifecycleState(read.get("state", LifecycleState.ACTIVE.value))
    if state is not LifecycleState.ACTIVE:
        for name in ("since", "reason"):
            if name not in read:
                reader.missing("", (name,), name, f'is required, because the state is "{state.value}"')
    people = file.entries("maintainers", read.get("maintainers", []), read_maintainer)
    kept = unique_people(file, "maintainers", people)
    return PluginGovernance(path, state, read.get("since"), read.get("reason"), kept, file.problems, data is not None)
