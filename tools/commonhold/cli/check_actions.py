"""Write the baseline and fixes, and explain rules, for ``commonhold check``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from commonhold.checks.baseline import BASELINE, format_baseline, new_entries
from commonhold.checks.catalogue import RETIRED
from commonhold.checks.check_document import rule_document, rule_url
from commonhold.checks.fixes import plan_fixes
from commonhold.checks.profiles import profiles_of
from commonhold.cli.terminal import BOLD, columns, diff_line, echo_err, emit, emit_wrapped, paint
from commonhold.effects.file_changes import FileChanges
from commonhold.errors import UsageError
from commonhold.selection.document import dump
from commonhold.text import count, printable
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.checks.finding import Finding
    from commonhold.checks.report import CheckReport
    from commonhold.checks.rule_set import RuleSet
    from commonhold.cli.check_run import OpenedCheck


def write_baseline(opened: OpenedCheck, report: CheckReport, *, prune: bool) -> int:
    """Write ``governance/check-baseline.toml`` and return the exit code."""
    path = opened.repository.workspace.config.path(BASELINE)
    old = report.accepted.baseline
    if prune:
        kept = tuple(entry for entry in old if entry.fingerprint not in report.stale)
        text = f"{count(len(old) - len(kept), 'violation')} removed from {path}, {len(kept)} left"
    else:
        _refuse_growth(opened, report)
        kept = (*old, *new_entries(_ordinary(report), path))
        text = f"{count(len(kept) - len(old), 'violation')} recorded in {path}"
    changes = FileChanges(opened.root)
    if kept or not prune:
        changes.write(path, format_baseline(kept).encode())
    else:
        changes.delete(path)
    if changes:
        changes.apply()
    emit(text)
    return 0


def _ordinary(report: CheckReport) -> Iterator[Finding]:
    records = {rule.code for rule in report.rules.records}
    known = {entry.fingerprint for entry in report.accepted.baseline}
    return (each for each in report.findings if each.code not in records and each.fingerprint not in known)


def _refuse_growth(opened: OpenedCheck, report: CheckReport) -> None:
    """Allow new entries only for a repository without a baseline, or for plugins that have no entry in it."""
    if not report.accepted.has_baseline:
        return
    listed = {entry.plugin for entry in report.accepted.baseline}
    if opened.scope.repository or listed & {*opened.scope.plugins}:
        raise UsageError(
            f"{BASELINE} exists, and it only shrinks",
            hint="`commonhold check --baseline prune` removes fixed violations. For a plugin that is new in the "
            "repository, run `commonhold check --baseline write PLUGIN`.",
        )


def apply_fixes(opened: OpenedCheck, report: CheckReport, *, unsafe: bool) -> bool:
    """Show the fixes as a diff and write them; on a terminal, ask first. Return whether files were written."""
    changes = plan_fixes(report.findings, opened.root, unsafe=unsafe)
    if not changes:
        echo_err("no violation has a fix that can be applied")
        return False
    for line in changes.diff():
        echo_err(diff_line(line), wrap=False)
    if sys.stdin.isatty() and sys.stderr.isatty() and not click.confirm("Write these changes?", err=True):
        return False
    changes.apply()
    echo_err(f"{count(len(changes.paths), 'file')} changed")
    return True


def explain_rule(code: str, rules: RuleSet, *, as_json: bool) -> None:
    """Print the documentation of a rule. Raises ``UsageError`` if no rule has the code."""
    wanted = code.upper() if not code.startswith("RR:") else code
    rule = rules.by_code.get(wanted)
    if rule is None and wanted in RETIRED:
        emit(f"{wanted} is retired: {RETIRED[wanted]}")
        return
    if rule is None:
        raise UsageError(f"no rule has the code {printable(code)}{closest(wanted, (*rules.by_code, *RETIRED))}")
    if as_json:
        emit(dump(rule_document(rule)))
        return
    emit(paint(f"{rule.code}: {rule.title}", BOLD))
    for line in rule.documentation.split("\n"):
        emit_wrapped(line) if columns() else emit(line)
    emit("")
    profiles = profiles_of(rule.implements)
    enabled = "every repository" if rule.general else f"the profiles {', '.join(profiles)}"
    emit(f"severity: {rule.severity.value}; applies to {enabled}")
    if rule.requires:
        emit(f"skipped if one of these rules failed: {', '.join(rule.requires)}")
    if rule.artifact:
        where = "needs the wheel: only" if rule.violations is None else "also"
        emit(f"{where} checked by `commonhold release inspect`")
    if rule.implements:
        emit(f"implements rules {', '.join(map(str, rule.implements))} of the founding documents")
    emit(rule_url(rule.code))
