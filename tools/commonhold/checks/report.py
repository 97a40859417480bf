"""Check plugins and the repository, and collect the findings in one value."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.accepted import AcceptedViolations, RecordCheck, accept, read_accepted
from commonhold.checks.engine import NEEDS_INDEX, NEEDS_WHEEL, check_plugin, check_repository, skipped_rules
from commonhold.checks.finding import Severity, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.finding import Finding
    from commonhold.checks.rule_set import RuleSet
    from commonhold.projects.names import Name


@dataclass(frozen=True, slots=True)
class CheckScope:
    """The plugins that a run checks; ``repository`` is true if it also checks the repository.

    ``moved``: the plugins were read as plugins of another tier, to find what they lack for it. No waiver and no
    baseline applies then, because they were granted for the plugin's own tier.
    """

    plugins: tuple[Name, ...]
    repository: bool = True
    moved: bool = False


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of a run: the findings of the repository and then of each plugin, in alphabetical order.

    ``stale`` are the fingerprints of baseline entries whose violations no longer exist.
    """

    findings: tuple[Finding, ...]
    plugins: tuple[CheckedPlugin, ...]
    rules: RuleSet
    profiles: tuple[str, ...]
    accepted: AcceptedViolations
    stale: frozenset[str]

    @property
    def failed(self) -> bool:
        """True if a finding fails the check."""
        return any(finding.is_error for finding in self.findings)

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of findings by state, and of failing findings by severity."""
        states = Counter(finding.state for finding in self.findings)
        severities = Counter(each.severity for each in self.findings if each.state is State.FAIL)
        return {
            "plugins": len(self.plugins),
            "errors": severities[Severity.ERROR],
            "warnings": severities[Severity.WARNING],
            **{state.value: states[state] for state in State},
        }


def run_checks(repository: CheckedRepository, rules: RuleSet, scope: CheckScope) -> CheckReport:
    """Apply rules to the plugins and the repository in ``scope``. Raises ``ConfigurationError``."""
    plugins = tuple(repository.plugins[name] for name in sorted(scope.plugins))
    found: list[Finding] = []
    if scope.repository:
        found += check_repository(rules.ordered_repository_rules, repository)
    is_online = repository.index_projects is not None
    elsewhere = dict.fromkeys(rules.artifact, NEEDS_WHEEL)
    elsewhere |= {} if is_online else dict.fromkeys(rules.online, NEEDS_INDEX)
    unmet = {rule.code: because for rule, because in elsewhere.items()}
    for plugin in plugins:
        found += check_plugin(rules.ordered_with_online if is_online else rules.ordered_plugin_rules, plugin, unmet)
    found += skipped_rules(elsewhere)
    accepted = AcceptedViolations() if scope.moved else read_accepted(repository)
    findings = tuple(accept(found, accepted, repository.today))

    def is_checked(plugin: Name | None) -> bool:
        return plugin in scope.plugins or (scope.repository and plugin not in repository.plugins)

    records = RecordCheck(accepted, findings, rules.by_code, is_checked, repository.today)
    everything = (*findings, *records.findings_about_records())
    findings = tuple(sorted(everything, key=_order))
    return CheckReport(findings, plugins, rules, _profiles(repository, plugins), accepted, records.unused())


def _profiles(repository: CheckedRepository, plugins: Iterable[CheckedPlugin]) -> tuple[str, ...]:
    """Return the profiles that apply to the repository or to at least one of the plugins."""
    return tuple(sorted({*repository.settings.profile}.union(*(each.settings.profile for each in plugins))))


def _order(finding: Finding) -> tuple[str, str, str, int, str]:
    place = finding.violation
    return finding.plugin or "", finding.code, place.path, place.line or 0, place.subject
