"""``commonhold rename``: rename a plugin, or move it to another tier."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.cli.completion import complete_plugins
from commonhold.cli.terminal import BOLD, GREEN, YELLOW, echo_err, emit, emit_diff, emit_wrapped, paint
from commonhold.text import count, printable

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("rename")
@click.argument("plugin", shell_complete=complete_plugins)
@click.argument("newname", required=False)
@click.option("--tier", metavar="TIER", help="Move the plugin to this tier.")
@click.option("--package", metavar="PACKAGE", help="Import package to rename, if the plugin has several.")
@click.option("--dry-run", is_flag=True, help="Print the new names and all changes as a diff, and write nothing.")
@click.pass_obj
def command(
    context: Context, plugin: str, newname: str | None, tier: str | None, package: str | None, dry_run: bool
) -> None:
    """Rename a plugin, or move it to another tier.

    NEWNAME is the short name, such as `my-plugin`; the tier determines the full names. The result is the new branch
    rename/NEWNAME with two commits: the first one moves files, and the second one edits them. No file on disk changes.
    """
    from commonhold.effects.scratch import ScratchFolder
    from commonhold.scaffold.extra import check_extra

    check_extra()
    from commonhold.cli.context import check_and_warn
    from commonhold.scaffold.rename.rename_plugin import rename_plugin
    from commonhold.workspace import read_workspace

    repository = context.repository()
    tree = repository.tree(repository.resolve("HEAD"))
    workspace = check_and_warn(read_workspace(tree, context.read_config(tree, repository.root)))
    with ScratchFolder("rename") as scratch:
        renamed = rename_plugin(
            repository,
            workspace,
            plugin,
            new_name=newname,
            tier=tier,
            package=package,
            dry_run=dry_run,
            scratch=scratch.path,
            environ=os.environ,
        )
    for note in renamed.notes:
        echo_err(f"note: {printable(note)}", YELLOW)
    emit(f"{paint(renamed.branch, BOLD)} {paint(renamed.names.distribution, GREEN)}")
    rows = [("folder", renamed.plugin.path, renamed.names.folder)]
    rows.append(("distribution", renamed.plugin.name, renamed.names.distribution))
    rows += [("package", *renamed.package)] if renamed.package else []
    for title, old, new in rows:
        emit(printable(f"  {title:12}  {old} -> {new}" if old != new else f"  {title:12}  {old}"))
    emit(f"  {'edited':12}  {count(len(renamed.edited), 'file')}")
    if dry_run:
        emit_diff(renamed.diff)
        emit("nothing was written, because --dry-run was given")
        return
    emit_wrapped(
        f"Review the branch with `git log -p --stat HEAD..{renamed.branch}`, and merge it with a merge commit."
    )
    emit_wrapped("After a squash merge, git may not find the history of a small file that was moved and edited.")
