"""Apply rules in the order of their requirements, so that one fault is reported once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from commonhold.checks.finding import Finding, RuleSkippedError, Severity, State, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.checks.context import CheckedPlugin, CheckedRepository
    from commonhold.checks.rule import Rule, S
    from commonhold.checks.settings import CheckSettings

NEEDS_WHEEL = "needs the wheel"
"""The reason for which ``check`` skips rules that only ``release inspect`` applies."""

NEEDS_INDEX = "needs --online"
"""The reason for which ``check`` skips rules about projects on the package index."""


def check_plugin(
    rules: Iterable[Rule[CheckedPlugin]], checked: CheckedPlugin, unmet: Mapping[str, str] | None = None
) -> Iterator[Finding]:
    """Apply rules, each after the rules that it requires, to one plugin.

    ``unmet`` are the codes of rules that cannot be applied here, each with the reason.
    """
    result = Finding("", checked.name, checked.plugin.tier.name)
    return _apply(rules, checked, checked.settings, result, checked.project_file, unmet or {})


def check_repository(rules: Iterable[Rule[CheckedRepository]], repository: CheckedRepository) -> Iterator[Finding]:
    """Apply rules, each after the rules that it requires, to the repository."""
    return _apply(rules, repository, repository.settings, Finding("", None, None), "", {})


def _apply(
    rules: Iterable[Rule[S]], subject: S, settings: CheckSettings, result: Finding, place: str, known: Mapping[str, str]
) -> Iterator[Finding]:
    """Apply rules to a subject; skip a rule that requires a rule that failed or was skipped."""
    unmet = dict(known)
    for rule in rules:
        severity = settings.severity_of(rule)
        if severity is Severity.OFF or rule.violations is None:
            continue
        cause = next((unmet[code] for code in rule.requires if code in unmet), None)
        if cause is not None:
            unmet[rule.code] = cause
            skipped = Violation(rule.title, place)
            yield replace(result, code=rule.code, severity=severity, violation=skipped).put(State.SKIPPED, cause)
            continue
        try:
            for violation in distinct(rule.violations(subject)):
                unmet[rule.code] = f"{rule.code} failed"
                yield replace(result, code=rule.code, severity=severity, violation=violation)
        except RuleSkippedError as skipped_because:
            unmet.setdefault(rule.code, str(skipped_because))
            skipped = Violation(rule.title, place)
            yield replace(result, code=rule.code, severity=severity, violation=skipped).put(
                State.SKIPPED, str(skipped_because)
            )


def skipped_rules(rules: Mapping[Rule[CheckedPlugin], str]) -> Iterator[Finding]:
    """Yield one finding for each rule that no plugin can be checked with; ``rules`` contains the reasons."""
    for rule, because in rules.items():
        yield Finding(rule.code, None, None, rule.severity, Violation(rule.title, ""), State.SKIPPED, because)


def distinct(violations: Iterable[Violation]) -> Iterator[Violation]:
    """Number violations that have the same subject.

    Otherwise, one waiver or one entry of the baseline would apply to every violation with the subject.
    """
    seen: Counter[str] = Counter()
    for each in violations:
        seen[each.subject] += 1
        number = seen[each.subject]
        yield each if number == 1 else replace(each, subject=f"{each.subject} ({number})".lstrip())
