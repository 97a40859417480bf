"""Build the JSON documents that ``commonhold check`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.errors import page_url
from commonhold.text import printable

if TYPE_CHECKING:
    from commonhold.checks.finding import Finding
    from commonhold.checks.report import CheckReport
    from commonhold.checks.rule import Rule


def check_document(report: CheckReport) -> dict[str, Any]:
    """Build the document of ``commonhold check --json``."""
    return {
        "schema": 1,
        "rules_from": list(report.rules.sources),
        "profiles": list(report.profiles),
        "findings": [finding_document(each) for each in report.findings],
        "counts": dict(report.counts),
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """Build the JSON object for one finding."""
    place = finding.violation
    return {
        "code": finding.code,
        "plugin": finding.plugin,
        "tier": finding.tier,
        "severity": finding.severity.value,
        "state": finding.state.value,
        "because": printable(finding.because) or None,
        "message": printable(place.message),
        "path": printable(place.path) or None,
        "line": place.line,
        "fix": fix_kind(finding),
        "fingerprint": finding.fingerprint,
    }


def fix_kind(finding: Finding) -> str | None:
    """Return ``safe`` or ``unsafe`` for a finding that ``--fix`` or ``--unsafe-fixes`` can fix."""
    fix = finding.violation.fix
    return None if fix is None else "safe" if fix.safe else "unsafe"


def rule_document(rule: Rule[Any]) -> dict[str, Any]:
    """Build the document of ``commonhold check --explain CODE --json``."""
    return {
        "schema": 1,
        "code": rule.code,
        "title": rule.title,
        "documentation": rule.documentation,
        "implements": list(rule.implements),
        "requires": list(rule.requires),
        "severity": rule.severity.value,
        "general": rule.general,
        "artifact": list(rule.artifact),
        "url": rule_url(rule.code),
    }


def rule_url(code: str) -> str:
    """Return the address of a rule's documentation; the anchors never change."""
    return page_url(f"reference/rules#{code.lower()}")
