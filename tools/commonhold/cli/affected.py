"""``commonhold affected``: which plugins a change can break, and why."""

from __future__ import annotations

import click

from commonhold._typing import TYPE_CHECKING
from commonhold.cli.context import print_affected
from commonhold.cli.options import asked, comparison_options

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("affected")
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
    print_affected(selected, as_json=as_json, explain=explain)
