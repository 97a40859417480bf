"""Read who owns what: the people, each plugin's maintainers, and the ledger of events."""

from commonhold.ownership.governance_reader import GovernanceProblem
from commonhold.ownership.ledger import (
    LEDGER,
    REPOSITORY_CHAIN,
    Ledger,
    LedgerEntry,
    next_entry,
    read_ledger,
    rewritten_entries,
)
from commonhold.ownership.owners import GOVERNANCE_FOLDER, OwnedPlugin, Ownership, PathKind, PathOwner
from commonhold.ownership.people import PEOPLE, People, read_people
from commonhold.ownership.person import ListedPerson, Role, Suspension, Term, parse_account
from commonhold.ownership.plugin import GOVERNANCE, LifecycleState, PluginGovernance, format_governance, read_governance

__all__ = [
    "GOVERNANCE",
    "GOVERNANCE_FOLDER",
    "LEDGER",
    "PEOPLE",
    "REPOSITORY_CHAIN",
    "GovernanceProblem",
    "Ledger",
    "LedgerEntry",
    "LifecycleState",
    "ListedPerson",
    "OwnedPlugin",
    "Ownership",
    "PathKind",
    "PathOwner",
    "People",
    "PluginGovernance",
    "Role",
    "Suspension",
    "Term",
    "format_governance",
    "next_entry",
    "parse_account",
    "read_governance",
    "read_ledger",
    "read_people",
    "rewritten_entries",
]
