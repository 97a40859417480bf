"""Decide which plugins are held back or stop the release because of findings, and which events the journal gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from packaging.specifiers import SpecifierSet

from commonhold.checks.finding import Finding, State, Violation
from commonhold.projects.names import normalize
from commonhold.release.model.journal_events import HeldBack, Inspected
from commonhold.release.model.plugin_state import PluginStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from commonhold.index.client import IndexClient
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import ArtifactFinding, PlannedDistribution
    from commonhold.release.model.plugin_state import PluginState


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of an inspection: all findings, plugins that are held back, and plugins that stop the release."""

    findings: Mapping[str, tuple[ArtifactFinding, ...]]
    held: Mapping[str, HeldBack]
    stopped: tuple[str, ...]


def decide(
    plugins: Iterable[PlannedDistribution],
    found: Mapping[str, tuple[ArtifactFinding, ...]],
    dependents_of: Callable[[Iterable[str]], Mapping[str, str]],
    *,
    strict: bool,
) -> Inspection:
    """Decide which plugins stop the release and which are held back.

    ``dependents_of`` returns the plugins that cannot be released without the given plugins, each with the plugin that
    it lacks. With ``strict``, every finding stops the release.
    """
    faulty = [planned for planned in plugins if found[planned.name]]
    stopped = tuple(planned.name for planned in faulty if strict or _stops(planned, found[planned.name]))
    held = {
        planned.name: HeldBack(plugin=planned.name, why=_why(found[planned.name]))
        for planned in faulty
        if planned.name not in stopped
    }
    # Dependents are decided last, because one of them may lack several plugins.
    for name, missing in dependents_of({*held, *stopped}).items():
        held[name] = HeldBack(plugin=name, why=f"it needs {missing}, which is held back", because=missing)
    return Inspection(found, held, stopped)


def _stops(planned: PlannedDistribution, findings: Iterable[ArtifactFinding]) -> bool:
    # Users already have a known defect, so it must not block a release that may contain other fixes.
    return planned.stops and not all(finding.known for finding in findings)


def _why(findings: tuple[ArtifactFinding, ...]) -> str:
    first, *others = findings
    more = f" (and {len(others)} more)" if others else ""
    return f"inspection: {first.message}{more}"


def rule_finding(plugin: str, tier: str | None, finding: ArtifactFinding) -> Finding:
    """Return a defect of a plugin's artifacts as a finding of the rule with the same code in ``commonhold check``."""
    violation = Violation(finding.message, "", subject=finding.message)
    found = Finding(finding.code, normalize(plugin), tier, violation=violation)
    # Users already have the defect, like the violations in a baseline.
    return found.put(State.BASELINED, "the previous release had this defect too") if finding.known else found


class IndexVersions:
    """The versions of projects on the index; each project is queried once."""

    def __init__(self, index: IndexClient) -> None:
        self._index = index
        self._versions: dict[str, list[str]] = {}

    def of(self, name: str) -> list[str]:
        """Return the versions of a project that are not yanked."""
        if name not in self._versions:
            files = self._index.files(name) or ()
            self._versions[name] = [file.version for file in files if file.version is not None and not file.yanked]
        return self._versions[name]

    def serves(self, dependent: PlannedDistribution, name: str) -> bool:
        """Return whether a version on the index satisfies the pin of a dependent plugin."""
        pin = dependent.pins.get(name)
        return pin is not None and any(True for _ in SpecifierSet(pin).filter(self.of(name)))


def new_events(
    built: Mapping[str, PluginState], decided: Inspection, journal: Iterable[Event], *, strict: bool
) -> Iterator[Event]:
    """Yield the events to append to the journal; leave out results that equal the latest result in the journal."""
    last: dict[tuple[type, str], Event] = {(type(e), getattr(e, "plugin", "")): e for e in journal}
    for name, findings in decided.findings.items():
        files = file_hashes(built[name])
        before = last.get((Inspected, name))
        event = Inspected(plugin=name, files=files, findings=findings, strict=strict and bool(findings))
        # A `Built` event resets a plugin to "not inspected", so even an equal result must be appended again.
        again = built[name].status is PluginStatus.BUILT
        if again or not isinstance(before, Inspected) or msgspec.structs.replace(before, at=event.at) != event:
            yield event
    for name, held in decided.held.items():
        before = last.get((HeldBack, name))
        if not isinstance(before, HeldBack) or (before.why, before.because) != (held.why, held.because):
            yield held


def file_hashes(state: PluginState) -> tuple[str, ...]:
    """Return the SHA-256 of each file of a plugin."""
    return tuple(file.sha256 for file in state.files)
