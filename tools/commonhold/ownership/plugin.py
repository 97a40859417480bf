"""Read and write a plugin's ``governance.toml``: its lifecycle state and its maintainers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from commonhold.ownership.governance_reader import GovernanceFile
from commonhold.ownership.people import unique_people
from commonhold.ownership.person import ListedPerson, Role, active_ids, read_maintainer

if TYPE_CHECKING:
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
