"""Define the options and the result of an import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.scaffold.new.naming import PluginNames
    from commonhold.scaffold.transfer.gate import HistoryFinding
    from commonhold.scaffold.transfer.record import Consent
    from commonhold.scaffold.transfer.squash import HistorySummary


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The options of an import. ``upstream`` is the abandoned project of which the source is a fork.

    ``public_url`` replaces the source in the record and in references to issues. ``allowed`` are codes of findings.
    """

    source: str
    name: str
    tier: str
    date: str
    subdirectory: str = ""
    consent: str | None = None
    upstream: str | None = None
    public_url: str | None = None
    allowed: tuple[str, ...] = ()
    squash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPlugin:
    """The result of an import: the new branch, the plugin's names, and everything that a person must know.

    ``kept_branch`` is the branch with the history if ``branch`` is a squashed commit.
    """

    branch: str
    kept_branch: str | None
    names: PluginNames
    distribution: tuple[str, str]
    package: tuple[str, str] | None
    summary: HistorySummary
    tags: tuple[str, ...]
    allowed: tuple[HistoryFinding, ...]
    project: str | None
    consent: Consent
    notes: tuple[str, ...]
