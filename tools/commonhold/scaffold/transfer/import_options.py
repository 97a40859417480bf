"""Define the options and the result of an import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.text import printable

if TYPE_CHECKING:
    from commonhold.scaffold.new.naming import PluginNames
    from commonhold.scaffold.transfer.gate import HistoryFinding
    from commonhold.scaffold.transfer.record import Consent
    from commonhold.scaffold.transfer.squash import HistorySummary


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The options of an import. ``upstream`` is the abandoned project of which the source is a fork.

    ``public_url`` replaces the source in the record and in references to issues. ``allowed`` are codes of findings.
    ``accounts`` are the logins and numeric ids of the plugin's maintainers.
    ``package`` is the import package that gets the new name, if the plugin has several. ``compatibility`` adds a
    package with the old names.
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
    package: str | None = None
    accounts: tuple[tuple[str, int], ...] = ()
    squash: bool = False
    compatibility: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPlugin:
    """The result of an import: the new branch, the plugin's names, and everything that a person must know.

    ``gaps`` are the violations that were added to the baseline, and ``compatibility`` is the folder of the package with
    the old names. ``kept_branch`` is the branch with the history if ``branch`` is a squashed commit.
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
    gaps: int
    compatibility: str | None
    notes: tuple[str, ...]


def check_subdirectory(text: str) -> str:
    """Return a folder of the source without slashes at its ends. Raises ``UsageError``."""
    parts = text.strip("/").split("/")
    is_plain = text.isprintable() and not {"", ".", ".."} & {*parts} and not text.startswith(("/", "-"))
    if text and (not is_plain or {*text} & {*":\\"}):
        raise UsageError(
            f"{printable(text)!r} is not a folder in the source", hint="Pass a relative path, such as `a/b`."
        )
    return text.strip("/")
