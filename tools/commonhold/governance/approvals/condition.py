"""Define a condition: a named test that either passes, or refuses with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from commonhold.governance.approvals.case import Case

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Condition(Generic[S]):
    """A named condition on a subject, such as a review. ``refusal`` returns the reason, or "" if it holds."""

    name: str
    refusal: Callable[[Case, S], str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The condition that does not hold, and the reason."""

    condition: str
    reason: str


def first_refusal(conditions: Iterable[Condition[S]], case: Case, subject: S) -> Refusal | None:
    """Return the first condition that refuses the subject, or ``None`` if all hold."""
    for condition in conditions:
        if reason := condition.refusal(case, subject):
            return Refusal(condition.name, reason)
    return None
