"""``commonhold import``: import a plugin from another repository with its history."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.terminal import BOLD, GREEN, YELLOW, echo_err, emit, emit_wrapped, paint
from commonhold.text import printable

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("import")
@click.argument("source")
@click.option("--as", "name", metavar="NAME", required=True, help="Short name of the plugin, such as `my-plugin`.")
@click.option("--tier", metavar="TIER", default="community", show_default=True, help="Tier of the plugin.")
@click.option("--subdirectory", metavar="DIR", default="", help="Folder of the plugin in the source.")
@click.option("--consent", metavar="TEXT", help="The owner's consent: the words, or a link to them.")
@click.option(
    "--fork-of-abandoned", "upstream", metavar="URL", help="The abandoned project of which the source is a fork."
)
@click.option(
    "--source-url", "public_url", metavar="URL", help="Public URL of the source, for the record and for `#12`."
)
@click.option("--account", "accounts", metavar="LOGIN:ID", multiple=True, help="Account of a maintainer; repeatable.")
@click.option("--package", metavar="PACKAGE", help="Import package to rename, if the plugin has several.")
@click.option("--allow", "allowed", metavar="CODE[:PATH]", multiple=True, help="Accept a finding; repeatable.")
@click.option("--squash", is_flag=True, help="Make one commit that credits every author; keep the history on a branch.")
@click.option("--compat", is_flag=True, help="Add a package with the old names, which warns and requires the new one.")
@click.pass_obj
def command(
    context: Context,
    source: str,
    name: str,
    tier: str,
    subdirectory: str,
    consent: str | None,
    upstream: str | None,
    public_url: str | None,
    accounts: tuple[str, ...],
    package: str | None,
    allowed: tuple[str, ...],
    squash: bool,
    compat: bool,
) -> int:
    """Import a plugin from another repository with its history.

    SOURCE is a URL or a folder. The result is the new branch import/NAME: no file on disk changes, and nothing of the
    source is run.
    """
    from datetime import datetime, timezone

    from commonhold.effects.scratch import ScratchFolder
    from commonhold.scaffold.extra import check_extra

    check_extra()
    from commonhold.cli.context import check_and_warn
    from commonhold.scaffold.new.answers import read_account
    from commonhold.scaffold.transfer.import_options import ImportOptions
    from commonhold.scaffold.transfer.import_plugin import import_plugin
    from commonhold.scaffold.transfer.next_steps import report_lines
    from commonhold.workspace import read_workspace

    options = ImportOptions(
        source=context.place(source),
        name=name,
        tier=tier,
        date=datetime.now(timezone.utc).date().isoformat(),
        subdirectory=subdirectory,
        consent=consent,
        upstream=context.place(upstream) if upstream is not None else None,
        public_url=public_url,
        accounts=tuple(map(read_account, accounts)),
        package=package,
        allowed=allowed,
        squash=squash,
        compatibility=compat,
    )
    repository = context.repository()
    tree = repository.tree(repository.resolve("HEAD"))
    workspace = check_and_warn(read_workspace(tree, context.read_config(tree, repository.root)))
    with ScratchFolder("import") as scratch:
        imported = import_plugin(repository, workspace, options, scratch.path, os.environ, _report)
    for line in imported.notes:
        echo_err(f"note: {printable(line)}", YELLOW)
    emit(f"{paint(imported.branch, BOLD)} {paint(imported.distribution[1], GREEN)}")
    for line in report_lines(imported):
        emit_wrapped(printable(line))
    return 0


def _report(step: str) -> None:
    echo_err(f"{printable(step)} ...")
