"""The command ``update``: read the plugin indexes again."""

from __future__ import annotations

import click

from commonhold_plugins.cli.invocation import Invocation


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Read the plugin index of the community and those that you have added.

    A plugin index that cannot be read, or that breaks the rules for its documents, is reported, and the last good copy
    stays in use; the exit code is then 4.
    """
    from commonhold_plugins.cli.report_refresh import refreshed_as_json, report_failures
    from commonhold_plugins.cli.terminal import GREEN, emit, paint

    invocation = context.ensure_object(Invocation)
    series, results = invocation.refresh()
    if as_json:
        from commonhold_plugins.cli.json_output import emit_json

        emit_json(core=invocation.host.core, series=series, indexes=[refreshed_as_json(each) for each in results])
    else:
        for result in results:
            if result.error is None:
                news = paint("updated", GREEN) if result.changed else "unchanged"
                emit(f"{result.name} {series}: {news}")
    if report_failures(results, invocation.command):
        context.exit(4)
