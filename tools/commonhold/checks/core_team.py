"""Read who owns what for rules, and the members of the core team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.memo import once
from commonhold.ownership import Ledger, Ownership, Role, read_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.ownership import ListedPerson, PluginGovernance


@once
def ownership_of(repository: CheckedRepository) -> Ownership:
    """Return the people, and the owners of all paths."""
    return Ownership.read(repository.files, repository.workspace.config)


@once
def ledger_of(repository: CheckedRepository) -> Ledger:
    """Return the ledger of events."""
    return read_ledger(repository.files, repository.workspace.config)


def governance_of(checked: CheckedPlugin) -> PluginGovernance:
    """Return a plugin's ``governance.toml``."""
    return ownership_of(checked.repository).plugins[checked.plugin.path].governance


@once
def core_team(repository: CheckedRepository) -> frozenset[str]:
    """Return the core team's accounts, teams and addresses in lower case, without ``@``; empty if nothing lists them.

    These are the core maintainers in ``governance/people.toml``, and those in the setting ``team``.
    """
    people = ownership_of(repository).people
    if people.problems:
        return frozenset()
    active = people.active(Role.CORE, repository.today)
    listed = [*repository.settings.team, *(people.by_id[account].login for account in active)]
    return frozenset(member.strip().lstrip("@").casefold() for member in listed)


def listed_people(repository: CheckedRepository) -> Iterator[tuple[str, ListedPerson]]:
    """Yield every person of every governance file with the file's path, those of ``governance/people.toml`` first."""
    ownership = ownership_of(repository)
    yield from ((ownership.people.path, person) for person in ownership.people.people)
    for plugin in ownership.plugins.values():
        yield from ((plugin.governance.path, person) for person in plugin.governance.maintainers)
