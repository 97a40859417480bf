"""Apply rules in the order of their requirements, so that one fault is reported once."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from commonhold.checks.finding import Finding, Severity, State, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.rule import Rule, S
    from commonhold.workspace.config import Tier

    SeverityOf = Callable[[Rule[S], Tier | None], Severity]


def check_plugin(
    rules: Iterable[Rule[CheckedPlugin]], checked: CheckedPlugin, severity_of: SeverityOf[CheckedPlugin]
) -> Iterator[Finding]:
    """Apply rules to one plugin; skip each rule that requires a rule that failed."""
    tier, unmet = checked.plugin.tier, dict[str, str]()
    for rule in ordered_rules(rules):
        severity = severity_of(rule, tier)
        if severity is Severity.OFF:
            continue
        cause = next((unmet[code] for code in rule.requires if code in unmet), None)
        if cause is not None:
            unmet[rule.code] = cause
            place = Violation(rule.title, checked.project_file)
            yield Finding(rule.code, checked.name, tier.name, severity, State.SKIPPED, place, f"{cause} failed")
            continue
        for violation in rule.violations(checked):
            unmet[rule.code] = rule.code
            yield Finding(rule.code, checked.name, tier.name, severity, State.FAIL, violation)


def check_repository(
    rules: Iterable[Rule[CheckedRepository]],
    repository: CheckedRepository,
    severity_of: SeverityOf[CheckedRepository],
) -> Iterator[Finding]:
    """Apply rules to the repository."""
    for rule in rules:
        severity = severity_of(rule, None)
        if severity is not Severity.OFF:
            for violation in rule.violations(repository):
                yield Finding(rule.code, None, None, severity, State.FAIL, violation)


def ordered_rules(rules: Iterable[Rule[S]]) -> tuple[Rule[S], ...]:
    """Return the rules with every rule after the rules that it requires, otherwise by code."""
    by_code = {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}
    graph = {code: [other for other in rule.requires if other in by_code] for code, rule in by_code.items()}
    return tuple(by_code[code] for code in TopologicalSorter(graph).static_order())
