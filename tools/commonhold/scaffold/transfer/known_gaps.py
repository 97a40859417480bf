"""Add the violations of an imported plugin to the baseline: missing tests or documents never block a transfer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.checks.baseline import BASELINE, format_baseline, new_entries, read_baseline
from commonhold.checks.context import CheckedRepository
from commonhold.checks.extension import load_rules
from commonhold.checks.report import CheckScope, run_checks
from commonhold.checks.rule_set import RuleSet
from commonhold.errors import ToolError
from commonhold.workspace import Files, read_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from commonhold.checks.report import CheckReport
    from commonhold.projects.names import Name
    from commonhold.tree import Tree
    from commonhold.workspace import Workspace
    from commonhold.workspace.config import Config


@dataclass(frozen=True, slots=True)
class KnownGaps:
    """The new content of the baseline at ``path``, and the number of violations that it gains."""

    path: str
    content: bytes
    count: int


def find_gaps(tree: Tree, config: Config, folder: str, environ: Mapping[str, str], today: date) -> KnownGaps | None:
    """Check the plugin in ``folder``; return the baseline that contains its violations, or ``None`` without any."""
    files = Files.of(tree)
    workspace = read_workspace(files, config)
    name = next((each.name for each in workspace.plugins.values() if each.path == folder), None)
    if name is None:
        return None
    try:
        report = _check(workspace, files, name, load_rules(environ), today)
    except ToolError:  # a fault in the rules of another distribution, which `check` reports
        report = _check(workspace, files, name, RuleSet(), today)
    path = config.path(BASELINE)
    known = read_baseline(files.get(path), path)
    recorded = {entry.fingerprint for entry in known}
    new = [entry for entry in new_entries(report.findings, path) if entry.fingerprint not in recorded]
    return KnownGaps(path, format_baseline((*known, *new)).encode(), len(new)) if new else None


def _check(workspace: Workspace, files: Files, name: Name, rules: RuleSet, today: date) -> CheckReport:
    checked = CheckedRepository(workspace, files, today, rules.by_code, ())
    return run_checks(checked, rules, CheckScope((name,), repository=False))
