"""The command ``audit``: check the installed plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from commonhold_plugins.audit import AuditFinding
    from commonhold_plugins.cli.invocation import Invocation
    from commonhold_plugins.client import Client


@click.command
@click.option("--no-advisories", is_flag=True, help="Do not ask `uv audit` for advisories and states of projects.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, no_advisories: bool, as_json: bool) -> None:
    """Report installed plugins that are retired, quarantined, yanked, no longer listed, or changed on disk.

    Where uv is installed, `uv audit` adds advisories, and the states of projects on the package index. The exit code
    is 1 if there is a finding.
    """
    from commonhold_plugins.cli.acting import make_client

    invocation: Invocation = context.obj
    client = make_client(invocation)
    findings = client.audit()
    advisories = None if no_advisories or invocation.offline else _advisories(invocation, client)
    findings += advisories or []
    if as_json:
        from commonhold_plugins.cli.json_output import emit_json

        emit_json(advisories_checked=advisories is not None, findings=[vars(each) for each in findings])
    else:
        _print(findings)
        if not findings:
            gap = ", but advisories were not checked" if advisories is None else ""
            invocation.tell(f"No problem was found{gap}.")
    if findings:
        context.exit(1)


def _advisories(invocation: Invocation, client: Client) -> list[AuditFinding] | None:
    """Return the advisories about the installed plugins, or ``None`` if they could not be checked."""
    from commonhold_plugins.advisories import find_advisories
    from commonhold_plugins.errors import UnavailableError

    plugins = [each.name for each in client.installed() if each.name in client.environment.installed]
    if not plugins:
        return []
    try:
        return find_advisories(plugins, client.environment)
    except UnavailableError as error:
        invocation.tell(error.message)
        return None


def _print(findings: list[AuditFinding]) -> None:
    from commonhold_plugins.cli.table import print_fields

    for each in findings:
        use = f"\nUse {each.replacement} instead." if each.replacement else ""
        print_fields([(f"{each.name} {each.kind}:", f"{each.text}{use}")])
