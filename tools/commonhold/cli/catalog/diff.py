"""``commonhold catalog diff``: compare two versions of a plugin index."""

from __future__ import annotations

import click

from commonhold.cli.terminal import RED, echo_err, emit_wrapped


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--shrink",
    metavar="PERCENT",
    type=click.IntRange(0, 100),
    help="The percentage of entries that a document may lose; default: 5.",
)
@click.option("--local", is_flag=True, help="Accept URLs of local files, as in a plugin index that is not published.")
def command(old: str, new: str, shrink: int | None, local: bool) -> int:
    """List the plugins, releases and states that differ between the plugin indexes in the folders OLD and NEW.

    The exit code is 1 if NEW makes a change that a plugin index must not make. For example, it drops a release, has
    another hash for a file, or changes a closed series. `catalog build` and `plugins update` reject such a change too.
    """
    from commonhold.catalog.catalog_folder import read_catalog
    from commonhold.catalog.changes import describe_changes
    from commonhold.catalog.comparison import MOST_SHRINKAGE, find_violations
    from commonhold.text import count, printable

    before, after = read_catalog(old, local=local), read_catalog(new, local=local)
    for line in describe_changes(before, after):
        emit_wrapped(printable(line))
    violations = find_violations(before, after, MOST_SHRINKAGE if shrink is None else shrink)
    for violation in violations:
        emit_wrapped(printable(f"rejected: {violation}"))
    if violations:
        echo_err(f"{count(len(violations), 'change')} must not be made", RED)
    return 1 if violations else 0
