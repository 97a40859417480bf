"""``commonhold affected``: which plugins a change can break, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.options import asked, comparison_options
from commonhold.cli.render import explain_lines, table_lines
from commonhold.errors import UsageError
from commonhold.selection.document import affected_document, dump
from commonhold.workspace.names import normalize

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.selection import Affected, Selected


@click.command("affected", short_help="Tell which plugins a change can break, and why.")
@comparison_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (schema 1) instead of text.")
@click.option("--explain", is_flag=False, flag_value="", metavar="[PLUGIN]", help="Print every reason, with its chain.")
@click.pass_obj
def command(
    context: Context, base: str | None, head: str | None, exact: bool, as_json: bool, explain: str | None
) -> None:
    """Tell which plugins a change can break, and why.

    Without options, the work tree is compared with the merge base of the default branch; in GitHub
    Actions, the event decides.
    """
    selected = context.select(asked(context.folder, base, head, exact))
    affected = selected.affected
    if as_json:
        click.echo(dump(affected_document(affected)))
        return
    for warning in affected.warnings:
        click.secho(f"warning: {warning}", fg="yellow", err=True)
    _print(selected, explain)


def _print(selected: Selected, explain: str | None) -> None:
    affected = selected.affected
    if explain:
        affected = _only(selected, explain)
    click.secho(affected.because, bold=True, err=True)
    for line in table_lines(affected) if explain is None else explain_lines(affected):
        click.echo(line)
    if affected.core:
        click.echo("the core's own tests are affected too", err=True)


def _only(selected: Selected, text: str) -> Affected:
    name = normalize(text)
    if name not in selected.workspace.plugins:
        from commonhold.workspace.config import closest

        known = closest(name, selected.workspace.plugins)
        raise UsageError(f"no plugin is named {text}{known}", hint="`commonhold graph` lists them all.")
    plugins = tuple(plugin for plugin in selected.affected.plugins if plugin.name == name)
    because = selected.affected.because if plugins else f"{name} is not affected: {selected.affected.because}"
    return selected.affected._replace(plugins=plugins, because=because)
