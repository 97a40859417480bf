"""The command ``update``: read the plugin indexes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold_plugins.cli.invocation import Invocation

if TYPE_CHECKING:
    from commonhold_plugins.signatures import SignerIdentity


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--verify",
    "signer",
    metavar="[OWNER/REPOSITORY]",
    is_flag=False,
    flag_value="",
    help="Verify the Sigstore signature of the community's plugin index; default: the repository of its GitHub Pages.",
)
@click.pass_context
def command(context: click.Context, as_json: bool, signer: str | None) -> None:
    """Read the plugin index of the community and those that you have added.

    A plugin index that cannot be read, or that breaks the rules for its documents, is reported, and the last good copy
    stays in use; the exit code is then 4. With --verify, so is a plugin index that the workflow of its repository has
    not signed.
    """
    from commonhold_plugins.cli.report_refresh import refreshed_as_json, report_failures
    from commonhold_plugins.cli.terminal import GREEN, emit, paint

    invocation = context.ensure_object(Invocation)
    series, results = invocation.refresh(_identity(invocation, signer))
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


def _identity(invocation: Invocation, signer: str | None) -> SignerIdentity | None:
    if signer is None:
        return None
    from commonhold_plugins.signatures import SignerIdentity, default_signer, require_sigstore

    require_sigstore()
    return SignerIdentity(signer) if signer else default_signer(invocation.host.root)
