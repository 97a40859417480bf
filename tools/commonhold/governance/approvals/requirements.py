"""Find the rows that apply to each touched plugin, and whose approval each row needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.governance.approvals.condition import Condition, first_refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.people_changes import GovernanceChange
    from commonhold.governance.approvals.reviews import Tally
    from commonhold.governance.approvals.touched import Touched


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row that applies to a plugin, with the people whose consent it needs, or the reason why it cannot be met."""

    row: int
    folder: str
    people: tuple[int, ...] = ()
    refusal: str = ""


@dataclass(frozen=True)
class Subject:
    """A touched plugin, and everything else that decides which of the rows 4 to 11 applies to it."""

    folder: str
    touched: Touched
    tally: Tally
    bulk: tuple[Condition[Touched], ...]


@dataclass(frozen=True, slots=True)
class OrdinaryRow:
    """A row for ordinary changes to a plugin. The first row that applies is used."""

    number: int
    applies: Callable[[Case, Subject], bool]


def _is_core_tier(case: Case, subject: Subject) -> bool:
    return not case.base.plugins[subject.folder].asks_maintainers


def _has_no_maintainer(case: Case, subject: Subject) -> bool:
    return not case.maintainers(subject.folder)


def _author_maintains(case: Case, subject: Subject) -> bool:
    return case.author_id in case.maintainers(subject.folder)


def _is_bulk(case: Case, subject: Subject) -> bool:
    objects = not case.maintainers(subject.folder).isdisjoint(subject.tally.change_requests)
    return not objects and first_refusal(subject.bulk, case, subject.touched) is None


def _author_is_core(case: Case, _: Subject) -> bool:
    return case.author_id in case.core


def _always(_: Case, __: Subject) -> bool:
    return True


ORDINARY = (
    OrdinaryRow(11, _is_core_tier),
    OrdinaryRow(6, _has_no_maintainer),
    OrdinaryRow(5, _author_maintains),
    OrdinaryRow(10, _is_bulk),
    OrdinaryRow(8, _author_is_core),
    OrdinaryRow(4, _always),
)


def _author_not_core(case: Case, _: Touched) -> str:
    return "" if case.author_id in case.core else "the author is not core"


def _few_plugins(case: Case, touched: Touched) -> str:
    return "" if len(touched.folders) > case.settings.bulk_plugins else "few plugins are touched"


def _changes_ownership(_: Case, touched: Touched) -> str:
    return (
        "an ownership file is changed"
        if touched.governance or touched.new or touched.rows.keys() & {13, 14, 18}
        else ""
    )


BULK: tuple[Condition[Touched], ...] = (
    Condition("author-is-core", _author_not_core),
    Condition("many-plugins", _few_plugins),
    Condition("no-ownership-file", _changes_ownership),
)
"""Row 10: the conditions under which a change is a bulk change."""


@dataclass(frozen=True, slots=True)
class GovernanceRow:
    """A row for a change of a plugin's ``governance.toml``: returns the people whom it concerns, or ``None``."""

    number: int
    concerns: Callable[[Case, GovernanceChange], tuple[int, ...] | None]


def _suspended(_: Case, change: GovernanceChange) -> tuple[int, ...] | None:
    return () if change.suspended else None


def _added(_: Case, change: GovernanceChange) -> tuple[int, ...] | None:
    return change.added or None


def _removes_author(case: Case, change: GovernanceChange) -> tuple[int, ...] | None:
    return () if case.author_id in change.removed else None


def _removes_others(case: Case, change: GovernanceChange) -> tuple[int, ...] | None:
    return tuple(person for person in change.removed if person != case.author_id) or None


def _changes_lifecycle(_: Case, change: GovernanceChange) -> tuple[int, ...] | None:
    return () if change.lifecycle else None


GOVERNANCE_ROWS = (
    GovernanceRow(14, _suspended),
    GovernanceRow(15, _added),
    GovernanceRow(16, _removes_author),
    GovernanceRow(17, _removes_others),
    GovernanceRow(18, _changes_lifecycle),
)

SPLIT = "a maintainer is added together with other files of the plugin: put them into separate pull requests"


def find_requirements(
    case: Case,
    touched: Touched,
    tally: Tally,
    ordinary: Iterable[OrdinaryRow] = ORDINARY,
    governance: Iterable[GovernanceRow] = GOVERNANCE_ROWS,
    bulk: tuple[Condition[Touched], ...] = BULK,
) -> Iterator[Requirement]:
    """Yield the requirements of the plugins' side. The requirements of all touched plugins add up."""
    rows, governance = tuple(ordinary), tuple(governance)
    for folder in touched.plugins:
        subject = Subject(folder, touched, tally, bulk)
        yield Requirement(next(row.number for row in rows if row.applies(case, subject)), folder)
    for folder, change in touched.governance.items():
        for row in governance:
            people = row.concerns(case, change)
            if people is not None:
                is_split = row.number == 15 and _has_other_files(case, touched, folder)
                yield Requirement(row.number, folder, people, SPLIT if is_split else "")
    for folder, people in touched.new.items():
        yield Requirement(19, folder, people)


def _has_other_files(case: Case, touched: Touched, folder: str) -> bool:
    return bool(touched.plugins.get(folder, set()) - {case.base.plugins[folder].governance.path})
