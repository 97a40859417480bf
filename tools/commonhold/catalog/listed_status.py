"""Record a change of a plugin's state in ``status.json``, with its date, its reason and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from commonhold.catalog.documents import ListedStatus, StateChange
from commonhold.catalog.untrusted_text import clean_line

if TYPE_CHECKING:
    from commonhold.catalog.documents import ListedState

_OF_PROJECTS: dict[str, ListedState] = {"quarantined": "quarantined", "archived": "retired", "deprecated": "retired"}


def state_of_project(status: str, reason: str) -> tuple[ListedState, str]:
    """Return the state of a plugin, and the reason, from the status of its project on a package index (PEP 792).

    >>> state_of_project("archived", ""), state_of_project("", "")
    (('retired', 'the project is archived on the package index'), ('active', ''))
    """
    state = _OF_PROJECTS.get(status, "active")
    if state == "active":
        return state, ""
    return state, clean_line(reason) or f"the project is {status} on the package index"


def with_state(
    old: ListedStatus | None, state: ListedState, reason: str, today: str, replacement: str | None = None
) -> ListedStatus:
    """Return a plugin's status with a state; its date and history change only with the state or the reason."""
    status = old or ListedStatus()
    if (status.state, status.reason) == (state, reason):
        return msgspec.structs.replace(status, replacement=replacement)
    change = StateChange(state=state, since=today, reason=reason)
    return msgspec.structs.replace(
        status, state=state, since=today, reason=reason, replacement=replacement, history=[*status.history, change]
    )
