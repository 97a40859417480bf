"""``commonhold graph``: show the dependency graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.options import add_options
from commonhold.cli.terminal import YELLOW, echo_err, emit, emit_wrapped
from commonhold.errors import CommonholdError
from commonhold.options import HEAD
from commonhold.selection.base_files import BaseFiles
from commonhold.selection.document import dump
from commonhold.text import printable
from commonhold.vcs import CompareOptions
from commonhold.workspace import Files, check_workspace, read_workspace
from commonhold.workspace.diagram import graph_document, mermaid_lines, tree_lines
from commonhold.workspace.gaps import uncovered_projects
from commonhold.workspace.model import NO_BASE_STATE

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.workspace.config import Config
    from commonhold.workspace.model import BaseState


def _base_state(context: Context, head: str | None, files: Files, config: Config) -> BaseState:
    """Return the plugins that the change removes; the result is empty if there is no base to compare with."""
    try:
        comparison = context.compare(CompareOptions(context.folder, head=head))
        base_state = BaseFiles(comparison, config, files, overridden=context.config is not None).base_state()
    except CommonholdError:
        return NO_BASE_STATE
    return base_state._replace(tiers=None)  # a pattern without plugins is not an error here


@click.command("graph")
@add_options([HEAD])
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "mermaid"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.pass_obj
def command(context: Context, head: str | None, form: str) -> None:
    """Show the dependency graph, which is built from declared dependencies, imports and mentions."""
    repository = context.repository()
    tree = repository.work_tree() if head is None else repository.tree(repository.resolve(head))
    files, config = Files(tree), context.read_config(tree, repository.root)
    workspace = check_workspace(read_workspace(files, config, _base_state(context, head, files, config)))
    workspace = workspace._replace(notes=(*workspace.notes, *uncovered_projects(workspace, files.entries)))
    # Print every warning here, because `affected` and `plan` show only the first ones and refer to this command.
    accepted = {each.text for each in workspace.undeclared if each.accepted}
    for warning in workspace.warnings:
        if warning not in accepted:
            echo_err(f"warning: {printable(warning)}", YELLOW)
    for note in workspace.notes:
        first, *lines_to_paste = map(printable, note.split("\n"))
        echo_err(f"note: {first}")
        for line in lines_to_paste:
            echo_err(f"  {line}", wrap=False)
    if form == "json":
        emit(dump(graph_document(workspace)))
        return
    for line in tree_lines(workspace) if form == "text" else mermaid_lines(workspace):
        (emit_wrapped if form == "text" else emit)(printable(line))
