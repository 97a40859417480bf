"""``commonhold catalog validate``: check the documents of a plugin index."""

from __future__ import annotations

import click

from commonhold.cli.terminal import GREEN, RED, echo_err, emit_wrapped, paint


@click.command("validate")
@click.argument("folder", metavar="DIR")
@click.option("--third-party", is_flag=True, help="Accept any licence, as in a plugin index outside the community.")
@click.option("--previous", metavar="DIR", help="Also reject changes from this version, as `catalog diff` does.")
@click.option("--local", is_flag=True, help="Accept URLs of local files, as in a plugin index that is not published.")
def command(folder: str, third_party: bool, previous: str | None, local: bool) -> int:
    """Check the plugin index in DIR.

    Each document must follow its schema and have the hash that index/v1/index.json lists. Each plugin of a community's
    own plugin index must have an open-source licence. The exit code is 1 if there is a problem.
    """
    from commonhold.catalog.catalog_folder import read_catalog
    from commonhold.catalog.comparison import find_violations
    from commonhold.catalog.folder_checks import find_problems
    from commonhold.text import count, printable

    problems = find_problems(folder, third_party=third_party, local=local)
    if previous is not None and not problems:
        problems = find_violations(read_catalog(previous, local=local), read_catalog(folder, local=local))
    for problem in problems:
        emit_wrapped(printable(problem))
    if problems:
        echo_err(count(len(problems), "problem"), RED)
        return 1
    echo_err(paint("the plugin index is valid", GREEN))
    return 0
