"""Read what governance files say about each plugin: its maintainers, its state and the history of its states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.catalog.documents import CatalogMaintainer, StateChange
from commonhold.catalog.untrusted_text import clean_line, clean_url
from commonhold.errors import ConfigurationError
from commonhold.ownership import GOVERNANCE_FOLDER, LifecycleState, Ownership, read_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from commonhold.catalog.documents import ListedState
    from commonhold.ownership import LedgerEntry, ListedPerson, OwnedPlugin
    from commonhold.tree import Tree
    from commonhold.workspace.config import Config

_EVENTS: Mapping[str, ListedState] = {
    "accepted": "active",
    "adopted": "active",
    "noticed": "noticed",
    "orphaned": "orphaned",
    "promoted": "active",
    "quarantined": "quarantined",
    "reinstated": "active",
    "released": "active",
    "restored": "active",
    "retired": "retired",
}
"""The events of the ledger that show a plugin's state."""

_LONGEST_CONTACT = 300


@dataclass(frozen=True, slots=True)
class GovernedPlugin:
    """A plugin's maintainers on a day, and its state; ``since`` is ``None`` for a plugin that was always active."""

    maintainers: tuple[CatalogMaintainer, ...] = ()
    state: ListedState = "active"
    since: str | None = None
    reason: str = ""
    needs_maintainer: bool = False
    history: tuple[StateChange, ...] = ()


def read_governed_plugins(tree: Tree, config: Config, names: Mapping[str, str], day: date) -> dict[str, GovernedPlugin]:
    """Return what the governance files say about each plugin; ``names`` are the distributions by folder.

    A plugin whose file contains mistakes is left out, so that its listed status stays as it is: `commonhold check`
    reports the mistakes. Raises ``ConfigurationError`` if ``people.toml`` contains mistakes, because maintainers may be
    suspended there.
    """
    ownership = Ownership.read(tree, config)
    if ownership.people.problems:
        raise ConfigurationError(
            f"the maintainers of the plugins are uncertain: {ownership.people.problems[0]}",
            hint="Run `commonhold check` to see every mistake.",
        )
    ledger = read_ledger(tree, config)
    governs = any(plugin.governance.exists for plugin in ownership.plugins.values()) or any(
        path.startswith(f"{config.path(GOVERNANCE_FOLDER)}/") for path in tree.entries
    )
    found = {}
    for folder, name in names.items():
        plugin = ownership.plugins.get(folder)
        if plugin is not None and not plugin.governance.problems:
            entries = ledger.chains.get(name, ())
            found[name] = _governed(ownership, plugin, entries, day, governs=governs)
    return found


def _governed(
    ownership: Ownership, plugin: OwnedPlugin, entries: Iterable[LedgerEntry], day: date, *, governs: bool
) -> GovernedPlugin:
    governance = plugin.governance
    active = ownership.maintainers(plugin, day)
    people = tuple(person for person in governance.maintainers if person.id in active)
    orphaned = governance.state is LifecycleState.ORPHANED
    return GovernedPlugin(
        maintainers=tuple(listed_maintainer(person) for person in people),
        state=governance.state.value,
        since=str(governance.since) if governance.since is not None else None,
        reason=clean_line(governance.reason or ""),
        # Without governance files, nobody has said who maintains a plugin.
        needs_maintainer=orphaned or (governs and plugin.asks_maintainers and not people),
        history=tuple(_history(entries)),
    )


def listed_maintainer(person: ListedPerson) -> CatalogMaintainer:
    """Return the entry of a maintainer; a contact that is neither an address nor an https link is left out."""
    contact = person.contact or ""
    if not contact.startswith("mailto:"):
        contact = clean_url(contact) or ""
    return CatalogMaintainer(
        name=clean_line(person.name) or person.login,
        company=clean_line(person.company) if person.company else None,
        login=person.login,
        contact=contact if contact and len(contact) <= _LONGEST_CONTACT else None,
    )


def _history(entries: Iterable[LedgerEntry]) -> Iterator[StateChange]:
    for entry in entries:
        state = _EVENTS.get(entry.event)
        if state is not None:
            yield StateChange(state=state, since=str(entry.date), reason=clean_line(entry.reason or ""))
