"""Apply the fixes of violations to a working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.checks.finding import State
from commonhold.effects.file_changes import FileChanges

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.checks.finding import Finding


def plan_fixes(findings: Iterable[Finding], root: str, *, unsafe: bool) -> FileChanges:
    """Return the changes that fix failing findings: safe fixes, and with ``unsafe`` also the others."""
    changes = FileChanges(root)
    for finding in findings:
        fix = finding.violation.fix
        if finding.state is State.FAIL and fix is not None and (fix.safe or unsafe):
            fix.apply(changes)
    return changes
