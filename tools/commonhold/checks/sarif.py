"""Build SARIF 2.1.0 within the limits of GitHub's code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from commonhold import __version__
from commonhold.checks.check_document import rule_url
from commonhold.checks.finding import Severity, State
from commonhold.errors import DOCUMENTATION
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonhold.checks.finding import Finding
    from commonhold.checks.report import CheckReport
    from commonhold.checks.rule import Rule

MOST_RESULTS = 25_000
"""The maximum number of results in a run; GitHub rejects a run with more."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_document(report: CheckReport) -> dict[str, Any]:
    """Build a log with one run. Skipped rules are no results; waived and baselined findings are suppressed results."""
    findings = sorted(
        (each for each in report.findings if each.state is not State.SKIPPED),
        key=lambda each: (each.state is not State.FAIL, -each.severity.rank),
    )[:MOST_RESULTS]
    codes = sorted({each.code for each in findings})
    rules = [report.rules.by_code[code] for code in codes]
    driver = {
        "name": "commonhold",
        "version": __version__,
        "informationUri": DOCUMENTATION,
        "rules": [_descriptor(rule) for rule in rules],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
                "results": [_result(each, codes) for each in findings],
                "properties": {"rules_from": list(report.rules.sources), "profiles": list(report.profiles)},
            }
        ],
    }


def _descriptor(rule: Rule[Any]) -> dict[str, Any]:
    text = rule.documentation or rule.title
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.title.replace("'", "").split() if word.isalnum()),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": text.split("\n\n")[0].replace("\n", " ")},
        "help": {"text": text, "markdown": text},
        "helpUri": rule_url(rule.code),
        "defaultConfiguration": {"level": _level(rule.severity)},
        "properties": {"tags": ["commonhold"]},
    }


def _result(finding: Finding, codes: Sequence[str]) -> dict[str, Any]:
    whose = f"{finding.plugin}: " if finding.plugin else ""
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _level(finding.severity),
        "message": {"text": printable(f"{whose}{finding.violation.message}")},
        "locations": [_location(finding)],
        # GitHub recognizes an alert by this key, which must not depend on the line.
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:1"},
    }
    if finding.state is not State.FAIL:
        result["suppressions"] = [{"kind": "external", "justification": printable(finding.because)}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    # GitHub rejects a result without a place, so findings about the whole repository point at its README.
    path = finding.violation.path or "README.md"
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    artifact = {"uri": uri, "uriBaseId": "%SRCROOT%"}
    return {
        "physicalLocation": {"artifactLocation": artifact, "region": {"startLine": finding.violation.line or 1}},
    }


def _level(severity: Severity) -> str:
    return {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.OFF: "none"}[severity]
