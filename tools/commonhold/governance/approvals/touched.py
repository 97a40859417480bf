"""Find what a pull request touches: plugins at base, new plugins, changes of maintainers, and other paths."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold.governance.approvals.people_changes import changes_tsc, compare_governance, only_ends_rights
from commonhold.ownership import GOVERNANCE_FOLDER, PEOPLE, PathKind
from commonhold.projects.paths import is_within
from commonhold.workspace.config.locate import rules_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from commonhold.governance.approvals.case import Case
    from commonhold.governance.approvals.facts import ChangedFile
    from commonhold.governance.approvals.people_changes import GovernanceChange
    from commonhold.ownership import PathOwner

# Files in `governance/` whose changes need no vote. Every other file there is a policy.
_NO_VOTE = tuple(f"{GOVERNANCE_FOLDER}/{name}" for name in ("people.toml", "waivers.toml", "check-baseline.toml"))


@dataclass(frozen=True, slots=True)
class Lookup:
    """One of the owners that a changed file has."""

    name: str
    find: Callable[[Case, ChangedFile], PathOwner | None]


LOOKUPS = (
    Lookup("path at base", lambda case, file: case.base.of(file.path)),
    Lookup("former path at base", lambda case, file: case.base.of(file.previous_path) if file.previous_path else None),
    Lookup("path at head", lambda case, file: case.head.of(file.path)),
    Lookup("former path at head", lambda case, file: case.head.of(file.previous_path) if file.previous_path else None),
)
"""A path belongs to its owner at base, and also to its owner at head, on both sides of a rename."""


@dataclass
class Touched:
    """What a pull request touches, by owner."""

    plugins: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The changed paths of each plugin that exists at base, without its ``governance.toml``."""

    governance: dict[str, GovernanceChange] = field(default_factory=dict)
    """The changes of the ``governance.toml`` of plugins that exist at base, or that replace one that does."""

    new: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """New plugins, with the named maintainers whose acceptance is needed."""

    rows: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The rows that apply to paths outside plugins, each with the paths."""

    vote: bool = False
    """Whether a closed vote is needed."""

    moved: bool = False
    """Whether a file or a plugin is moved, renamed or deleted across owners (row 20)."""

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of all touched plugins, in order."""
        return tuple(sorted({*self.plugins, *self.governance, *self.new}))


def find_touched(case: Case, lookups: Iterable[Lookup] = LOOKUPS) -> Touched:
    """Return what a pull request touches. The owners of every path must be known (``READING``)."""
    touched = Touched()
    changed_governance: set[str] = set()
    lookups = tuple(lookups)
    for file in case.pull.files:
        owners = [owner for lookup in lookups if (owner := lookup.find(case, file)) is not None]
        for owner in owners:
            _add(case, touched, owner, changed_governance)
        if len({owner.plugin.folder if owner.plugin else owner.kind for owner in owners}) > 1:
            touched.moved = touched.moved or file.status in {"removed", "renamed"}
    for folder in sorted(changed_governance):
        _add_governance(case, touched, folder)
    for folder in sorted(touched.new):
        _add_successor(case, touched, folder)
    touched.moved = touched.moved or any(folder not in case.head.folders for folder in touched.folders)
    return touched


def _add(case: Case, touched: Touched, owner: PathOwner, changed_governance: set[str]) -> None:
    if owner.plugin is None:
        row, vote = _general_row(case, owner)
        touched.rows[row].add(owner.path)
        touched.vote = touched.vote or vote
    elif owner.plugin.folder not in case.base.folders:
        touched.new[owner.plugin.folder] = ()
    elif case.base.plugins[owner.plugin.folder].governance.problems:
        touched.rows[13].add(owner.path)  # the repair of a file that does not say who maintains the plugin
    elif owner.kind is PathKind.LIFECYCLE and owner.plugin.folder in case.head.folders:
        changed_governance.add(owner.plugin.folder)
    else:
        touched.plugins[owner.plugin.folder].add(owner.path)


def _general_row(case: Case, owner: PathOwner) -> tuple[int, bool]:
    """Return the row for a path outside plugins, and whether the change needs a closed vote."""
    if owner.kind is PathKind.LEDGER:
        return 18, False
    if owner.kind is not PathKind.POLICY:
        return 12, False
    config = case.base.config
    if owner.path == config.path(PEOPLE):
        ends = only_ends_rights(case.base.people, case.head.people, case.day)
        return (14, False) if ends else (13, changes_tsc(case.base.people, case.head.people))
    if owner.path in rules_files(config.folder):
        return (13 if case.pull.settings_changed else 12), False
    is_governance = is_within(owner.path, config.path(GOVERNANCE_FOLDER))
    return 13, is_governance and owner.path not in {config.path(path) for path in _NO_VOTE}


def _add_governance(case: Case, touched: Touched, folder: str) -> None:
    change = compare_governance(case.base.plugins[folder].governance, case.head.plugins[folder].governance, case.day)
    touched.governance[folder] = change
    if change.other:
        touched.plugins[folder].add(case.base.plugins[folder].governance.path)


def _add_successor(case: Case, touched: Touched, folder: str) -> None:
    """Find whom a new plugin names, and whom it drops if it replaces plugins that were moved into it."""
    named = case.head.plugins[folder].governance
    former: set[int] = set()
    for gone in sorted(_predecessors(case, folder)):
        before = case.base.plugins[gone].governance
        change = compare_governance(before, named, case.day)
        former |= {person.id for person in before.maintainers} - {*change.added}
        touched.governance[gone] = type(change)(removed=change.removed)
    roles = compare_governance(None, named, case.day).added
    touched.new[folder] = tuple(person for person in roles if person not in former)


def _predecessors(case: Case, folder: str) -> set[str]:
    """Return the plugins that exist only at base and from which files were moved into a folder."""
    found = set()
    for file in case.pull.files:
        if file.previous_path is not None and (plugin := case.base.of(file.previous_path).plugin) is not None:
            head = case.head.of(file.path).plugin
            if head is not None and head.folder == folder and plugin.folder not in case.head.folders:
                found.add(plugin.folder)
    return found
