"""Apply waivers and the baseline to findings, and report those that are expired or unused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from commonhold.checks.baseline import BASELINE, read_baseline
from commonhold.checks.catalogue import RETIRED
from commonhold.checks.finding import Finding, State, Violation
from commonhold.checks.rules.records import SHRINKING_BASELINE, USED_BASELINE, USED_WAIVER, VALID_WAIVER
from commonhold.checks.waivers import WAIVERS, RecordEntry, Waiver, read_waivers
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date

    from commonhold.checks.baseline import BaselineEntry
    from commonhold.checks.context import CheckedRepository
    from commonhold.checks.rule import Rule
    from commonhold.projects.names import Name

_MOST_SUBJECTS = 5


@dataclass(frozen=True, slots=True)
class AcceptedViolations:
    """The violations that do not fail the check. ``has_baseline`` is false before the first baseline was written."""

    waivers: tuple[Waiver, ...] = ()
    baseline: tuple[BaselineEntry, ...] = ()
    has_baseline: bool = False


def read_accepted(repository: CheckedRepository) -> AcceptedViolations:
    """Read the waivers and the baseline of a repository. Raises ``ConfigurationError``."""
    waivers, baseline = (repository.workspace.config.path(name) for name in (WAIVERS, BASELINE))
    data = repository.files.get(baseline)
    return AcceptedViolations(
        read_waivers(repository.files.get(waivers), waivers), read_baseline(data, baseline), data is not None
    )


def accept(findings: Iterable[Finding], accepted: AcceptedViolations, today: date) -> Iterator[Finding]:
    """Yield the findings; those that a valid waiver or the baseline contains get the state for it."""
    waivers = {waiver.fingerprint: waiver for waiver in accepted.waivers if waiver.expiry >= today}
    baseline = {entry.fingerprint for entry in accepted.baseline}
    for finding in findings:
        waiver = waivers.get(finding.fingerprint)
        if finding.state is not State.FAIL:
            yield finding
        elif waiver is not None:
            because = f"{waiver.reason} ({waiver.who}, until {waiver.expiry.isoformat()})"
            yield finding.put(State.WAIVED, because)
        elif finding.fingerprint in baseline:
            yield finding.put(State.BASELINED, "it is in the baseline")
        else:
            yield finding


@dataclass(frozen=True)
class RecordCheck:
    """The check of waivers and the baseline against the findings of a run.

    ``is_checked`` returns whether the run checked a plugin (``None``: the repository).
    """

    accepted: AcceptedViolations
    findings: Collection[Finding]
    known: Collection[str]
    is_checked: Callable[[Name | None], bool]
    today: date

    def findings_about_records(self) -> Iterator[Finding]:
        """Report each waiver that has expired, and each entry whose violation no longer exists."""
        for waiver in self.accepted.waivers:
            if waiver.expiry < self.today and self.is_checked(waiver.plugin):
                yield _report(VALID_WAIVER, waiver, f"the waiver expired after {waiver.expiry.isoformat()}")
            elif self._is_unused(waiver):
                yield _report(USED_WAIVER, waiver, self._why(waiver))
        for entry in self.accepted.baseline:
            if self._is_unused(entry):
                yield _report(USED_BASELINE, entry, self._why(entry))

    def unused(self) -> frozenset[str]:
        """Return the fingerprints of the baseline's entries whose violations no longer exist."""
        return frozenset(entry.fingerprint for entry in self.accepted.baseline if self._is_unused(entry))

    def _is_unused(self, entry: RecordEntry) -> bool:
        if not self.is_checked(entry.plugin):
            return False
        if entry.code not in self.known:
            return True
        # A rule that was skipped may still be violated.
        skipped = {(entry.code, entry.plugin), (entry.code, None)} & self._skipped
        return entry.fingerprint not in self._found and not skipped

    @cached_property
    def _found(self) -> frozenset[str]:
        return frozenset(each.fingerprint for each in self.findings if each.state is not State.SKIPPED)

    @cached_property
    def _skipped(self) -> frozenset[tuple[str, Name | None]]:
        return frozenset((each.code, each.plugin) for each in self.findings if each.state is State.SKIPPED)

    def _why(self, entry: RecordEntry) -> str:
        whose = f" by {entry.plugin}" if entry.plugin else ""
        about = f" about {printable(entry.subject)!r}" if entry.subject else ""
        if entry.code in RETIRED:
            return f"{entry.code} is retired: {RETIRED[entry.code]}"
        if entry.code not in self.known:
            return f"no rule has the code {printable(entry.code)}"
        text = f"there is no violation of {entry.code}{whose}{about}"
        others = [
            repr(printable(each.violation.subject))
            for each in self.findings
            if each.code == entry.code and each.plugin == entry.plugin and each.state is State.FAIL
        ]
        hint = f"; the subjects of its violations are {', '.join(others[:_MOST_SUBJECTS])}" if others else ""
        return text + hint


def grown_baseline(
    baseline: Iterable[BaselineEntry], before: Iterable[BaselineEntry], old: Collection[Name]
) -> Iterator[Finding]:
    """Report entries that were added to the baseline for the repository or for an ``old`` plugin."""
    known = {entry.fingerprint for entry in before}
    for entry in baseline:
        if entry.fingerprint not in known and (entry.plugin is None or entry.plugin in old):
            yield _report(SHRINKING_BASELINE, entry, f"{entry.code} was added to the baseline")


def _report(rule: Rule[CheckedRepository], entry: RecordEntry, message: str) -> Finding:
    subject = " ".join(filter(None, (entry.code, entry.plugin, entry.subject)))
    return Finding(rule.code, None, None, rule.severity, Violation(message, entry.path, entry.line, subject))
