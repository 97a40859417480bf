"""``commonhold affected``: list the plugins that a change can break, with reasons."""

from __future__ import annotations

import click

from commonhold._typing import TYPE_CHECKING
from commonhold.cli.context import print_affected
from commonhold.cli.options import add_options, compare_options
from commonhold.options import AFFECTED

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("affected")
@add_options(AFFECTED)
@click.pass_obj
def command(
    context: Context, base: str | None, head: str | None, exact: bool, as_json: bool, explain: str | None
) -> None:
    """List the plugins that a change can break, with reasons.

    Without options, the working tree is compared with its merge base with the default branch. In GitHub Actions, the
    event determines which commits are compared.
    """
    selected = context.select(compare_options(context.folder, base, head, exact))
    print_affected(selected, as_json=as_json, explain=explain)
