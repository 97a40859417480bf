"""Read and write the baseline: the violations on the day when a repository adopted the checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.finding import State
from commonhold.checks.waivers import RecordEntry, read_entries
from commonhold.errors import ConfigurationError
from commonhold.text import printable
from commonhold.workspace.config.reader import Reader, toml_string

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.checks.finding import Finding
    from commonhold.projects.names import Name

BASELINE = "governance/check-baseline.toml"

_HEAD = """\
# The violations on the day when this repository adopted `commonhold check`. They do not fail; new violations do.
# `commonhold check --baseline prune` removes the entries whose violations are fixed. Nothing may be added.
"""


@dataclass(frozen=True, slots=True)
class BaselineEntry(RecordEntry):
    """A violation that existed when the repository adopted the checks."""


def read_baseline(data: bytes | None, path: str) -> tuple[BaselineEntry, ...]:
    """Read ``governance/check-baseline.toml``. Raises one ``ConfigurationError`` with every mistake."""
    entries = []
    for common, table in read_entries(data, path, "finding", {"fingerprint": Reader.text}):
        entry = BaselineEntry(**common)
        if entry.fingerprint != table["fingerprint"]:
            raise ConfigurationError(
                f"{path}:{entry.line}: the fingerprint belongs to another code, plugin or subject",
                hint="Do not edit the entries; `commonhold check --baseline prune` removes those that are fixed.",
            )
        entries.append(entry)
    return tuple(entries)


def new_entries(findings: Iterable[Finding], path: str) -> tuple[BaselineEntry, ...]:
    """Return an entry for each finding that fails or is already in the baseline."""
    kept = (each for each in findings if each.state in (State.FAIL, State.BASELINED))
    return tuple(BaselineEntry(each.code, each.plugin, printable(each.violation.subject), path, 1) for each in kept)


def format_baseline(entries: Iterable[BaselineEntry]) -> str:
    """Write entries as TOML, sorted, so that two branches that remove entries rarely conflict."""

    def order(entry: BaselineEntry) -> tuple[str, Name | str, str]:
        return entry.plugin or "", entry.code, entry.subject

    blocks = [_HEAD]
    for each in sorted(entries, key=order):
        fields = {"plugin": each.plugin, "code": each.code, "subject": each.subject, "fingerprint": each.fingerprint}
        lines = [f"{name} = {toml_string(value)}" for name, value in fields.items() if value]
        blocks.append("\n".join(["[[finding]]", *lines, ""]))
    return "\n".join(blocks)
