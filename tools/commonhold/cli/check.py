"""``commonhold check``: check plugins against the community's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.checks.catalogue import PLUGIN_RULES, REPOSITORY_RULES
from commonhold.checks.context import CheckedRepository
from commonhold.checks.engine import check_plugin, check_repository
from commonhold.checks.finding import Severity, State
from commonhold.cli.terminal import emit_wrapped
from commonhold.errors import UsageError
from commonhold.projects.names import normalize
from commonhold.text import printable
from commonhold.workspace import Files, check_workspace, read_workspace
from commonhold.workspace.config import closest

if TYPE_CHECKING:
    from commonhold.checks.rule import Rule, S
    from commonhold.cli.context import Context
    from commonhold.workspace.config import Tier


@click.command("check")
@click.argument("plugins", nargs=-1, metavar="[PLUGIN]...")
@click.pass_obj
def command(context: Context, plugins: tuple[str, ...]) -> int:
    """Check plugins and the repository against the community's rules."""
    repository = context.repository()
    files = Files(repository.work_tree())
    config = context.read_config(files, repository.root)
    cache = context.recall(repository)
    workspace = check_workspace(read_workspace(files, config, cache=cache))
    context.remember(repository, cache)
    checked = CheckedRepository(workspace, files)
    names = [normalize(name) for name in plugins] or [*checked.plugins]
    for name in names:
        if name not in checked.plugins:
            raise UsageError(f"no plugin is named {name}{closest(name, checked.plugins)}")
    findings = [
        finding for name in names for finding in check_plugin(PLUGIN_RULES, checked.plugins[name], _default_severity)
    ]
    if not plugins:
        findings += check_repository(REPOSITORY_RULES, checked, _default_severity)
    for finding in findings:
        place = finding.violation.path + (f":{finding.violation.line}" if finding.violation.line else "")
        emit_wrapped(printable(f"{place}: {finding.code} {finding.violation.message}"))
    return any(each.state is State.FAIL and each.severity is Severity.ERROR for each in findings)


def _default_severity(rule: Rule[S], _tier: Tier | None) -> Severity:
    return rule.severity
