"""Plan the removal of plugins, and find the packages that nothing needs afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from commonhold_plugins.errors import RefusedError
from commonhold_plugins.plan.changes import change_from_receipt
from commonhold_plugins.plan.model import KEEP, REMOVE, Plan
from commonhold_plugins.plan.selection import requirements_of
from commonhold_plugins.state.receipts import find_receipt
from commonhold_plugins.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.installers.requests import Installer
    from commonhold_plugins.state.receipts import EnvironmentState, Receipt


def plan_removal(
    references: Iterable[str],
    environment: TargetEnvironment,
    state: EnvironmentState,
    installer: Installer,
    plugins: Iterable[Receipt] = (),
) -> Plan:
    """Plan the removal of installed plugins; ``plugins`` describes those that the client has not installed itself.

    Raises ``RefusedError`` if another installed plugin requires one of them.
    """
    known = {**{each.name: each for each in plugins}, **state.plugins}
    known = {name: each for name, each in known.items() if name in environment.installed}
    removed = {each.name: each for each in (find_receipt(reference, known.values()) for reference in references)}
    for name in sorted(removed):
        needed_by = [
            each.short for each in known.values() if each.name not in removed and name in _needs(each.name, environment)
        ]
        if needed_by:
            raise RefusedError(
                f"{removed[name].short} is required by {listed(needed_by)}, so it is not removed",
                hint=f"Remove them together: {{command}} remove {' '.join(sorted({removed[name].short, *needed_by}))}",
            )
    changes = [
        change_from_receipt(each, REMOVE if name in removed else KEEP, environment.versions[name])
        for name, each in known.items()
    ]
    return Plan(
        command="remove",
        core=state.core,
        core_version=environment.core_version(state.core),
        prefix=environment.prefix,
        python=environment.python,
        installer=installer.name,
        plugins=tuple(sorted(changes, key=lambda each: each.name)),
        unused=tuple(_unused(set(removed), {*known, state.core}, environment)),
    )


def _needs(name: str, environment: TargetEnvironment) -> set[str]:
    found = environment.installed.get(name)
    return {need for need, _ in requirements_of(found.requires, environment)} if found is not None else set()


def _unused(removed: set[str], kept: set[str], environment: TargetEnvironment) -> list[str]:
    """Return the distributions that only the removed plugins need, directly or through others."""
    candidates: set[str] = set()
    pending = list(removed)
    while pending:
        for need in _needs(pending.pop(), environment):
            if need in environment.installed and need not in candidates | removed | kept:
                candidates.add(need)
                pending.append(need)
    candidates = {name for name in candidates if not _is_requested(name, environment)}
    while True:  # a distribution that another one needs, which stays, is not unused
        staying = environment.installed.keys() - candidates - removed
        needed = {need for name in staying for need in _needs(name, environment)} & candidates
        if not needed:
            return sorted(candidates)
        candidates -= needed


def _is_requested(name: str, environment: TargetEnvironment) -> bool:
    """Whether a user has named the distribution in a command of an installer, which leaves a file REQUESTED."""
    return os.path.exists(os.path.join(environment.installed[name].location, "REQUESTED"))
