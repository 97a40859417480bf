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
    if not no_advisories and not invocation.offline:
        findings += _advisories(invocation, client)
    if as_json:
        from commonhold_plugins.cli.json_output import emit_json

        emit_json(findings=[vars(each) for each in findings])
    else:
        _print(invocation, findings)
    if findings:
        context.exit(1)


def _advisories(invocation: Invocation, client: Client) -> list[AuditFinding]:
    from commonhold_plugins.advisories import find_advisories
    from commonhold_plugins.errors import UnavailableError

    plugins = [each.name for each in client.installed() if each.name in client.environment.installed]
    if not plugins:
        return []
    try:
        return find_advisories(plugins, client.environment)
    except UnavailableError as error:
        invocation.tell(error.message)
        return []


def _print(invocation: Invocation, findings: list[AuditFinding]) -> None:
    from commonhold_plugins.cli.table import print_fields

    if not findings:
        invocation.tell("No problem was found.")
    for each in findings:
        use = f"\nUse {each.replacement} instead." if each.replacement else ""
        print_fields([(f"{each.name} {each.kind}:", f"{each.text}{use}")])
