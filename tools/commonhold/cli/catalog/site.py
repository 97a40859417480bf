"""``commonhold catalog site``: make the web pages of a catalogue."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from commonhold.cli.terminal import GREEN, YELLOW, echo_err, paint
from commonhold.errors import ToolError, UsageError

if TYPE_CHECKING:
    from commonhold.catalog.site.community import Community
    from commonhold.cli.context import Context

_NEEDED = ("jinja2", "readme_renderer")
_LARGEST_STYLE = 2**20


@click.command("site")
@click.argument("documents", metavar="DOCUMENTS")
@click.option("--to", metavar="DIR", required=True, help="The folder for the pages; only changed files are written.")
@click.option("--style", metavar="FILE", help="A CSS file that is loaded after the catalogue's own, to change colours.")
@click.option("--logo", metavar="FILE", help="An SVG file: the community's logo.")
@click.option("--documents-only", is_flag=True, help="Make only the pages that need no repository.")
@click.option("--local", is_flag=True, help="Accept URLs of local files, as in a plugin index that is not published.")
@click.option(
    "--serve",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Serve the pages on this machine until Ctrl-C; 0 chooses a free port.",
)
@click.pass_obj
def command(
    context: Context,
    documents: str,
    to: str,
    style: str | None,
    logo: str | None,
    documents_only: bool,
    local: bool,
    serve: int | None,
) -> int:
    """Make the web pages of the plugin index in the folder DOCUMENTS.

    The pages need no server program: any web server can serve DIR, at any path. The pages about rules, work for
    newcomers and the community's process are made from the commit HEAD. Files in DIR that commonhold did not write are
    not changed.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ToolError(
            f"packages that the pages need are not installed: {', '.join(missing)}",
            hint='Install them: python -m pip install "commonhold[catalog]"',
        )
    from commonhold.catalog.site import SiteOptions, build_site
    from commonhold.text import count, printable

    given = SiteOptions(
        None if documents_only else _community(context),
        local,
        _read(style, _LARGEST_STYLE),
        _read_logo(logo),
    )
    built = build_site(documents, to, given)
    for name, problem in built.bad_logos:
        echo_err(f"warning: the logo of {name} is not shown: {printable(problem)}", YELLOW)
    written, removed = count(built.written, "file"), count(built.removed, "file")
    echo_err(paint(f"{count(built.plugins, 'plugin')}: {written} written, {removed} removed in {printable(to)}", GREEN))
    if serve is not None:
        from commonhold.cli.catalog.served_folder import serve_folder

        serve_folder(to, serve)
    return 0


def _community(context: Context) -> Community:
    """Check the commit ``HEAD``, and describe its rules, its work for newcomers and its process.

    The working tree is not read, because a job may have checked out only a part of it.
    """
    from commonhold.catalog.site.community import describe_community
    from commonhold.catalog.site.policies import read_policies
    from commonhold.checks.extension import load_rules
    from commonhold.cli.check_run import CheckOptions, open_check
    from commonhold.cli.options import compare_options
    from commonhold.vcs.web_address import repository_page

    repository = context.repository()
    page = repository_page(repository.git)
    compared = compare_options(context.folder, None, "HEAD", exact=False)
    opened = open_check(context, CheckOptions((), compared), load_rules(os.environ))
    policies = tuple(read_policies(opened.repository, repository, page))
    return describe_community(opened.run(), opened.repository, policies, page)


def _read(path: str | None, most: int) -> bytes | None:
    from commonhold.effects.files import read_untrusted

    try:
        return None if path is None else read_untrusted(path, most, links=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _read_logo(path: str | None) -> bytes | None:
    from commonhold.catalog.logo_check import LARGEST_LOGO, logo_problem

    data = _read(path, LARGEST_LOGO)
    problem = None if data is None else logo_problem(data)
    if problem is not None:
        raise UsageError(f"{path} cannot be a logo: {problem}", hint="A logo is an SVG that only draws shapes.")
    return data
