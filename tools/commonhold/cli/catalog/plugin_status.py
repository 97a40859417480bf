"""``commonhold catalog status``: update the status of the plugins in the plugin index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.catalog.inputs import (
    PARTIAL,
    at_option,
    day_of,
    folder_option,
    open_catalog_source,
    parse_time,
    plan_option,
    print_catalog,
    read_tests,
    results_option,
)

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("status")
@folder_option
@results_option
@plan_option
@click.option("--run-url", metavar="URL", help="URL of the test run, to which the pages link.")
@click.option("--simple", metavar="URL", help="URL of the package index's simple API; default: PyPI's.")
@click.option("--no-index", is_flag=True, help="Do not look for yanked releases on the package index.")
@at_option
@click.pass_obj
def command(
    context: Context,
    folder: str,
    results: tuple[str, ...],
    plan: str | None,
    run_url: str | None,
    simple: str | None,
    no_index: bool,
    at: str | None,
) -> int:
    """Update index/v1/status.json in DIR from governance files, test results and the package index.

    The status is each plugin's state with its history, whether it needs a maintainer, yanked and deleted releases, and
    the newest test results for each series. A version of the core that begins a new series creates empty documents for
    it. A plugin is then added to each open series that one of its releases admits and with which its tests pass. The
    exit code is 5 if a file of test results was refused and the others were used.
    """
    from commonhold.catalog.catalog_folder import read_catalog
    from commonhold.catalog.governed import read_governed_plugins
    from commonhold.catalog.run_build import build_status, read_pages
    from commonhold.catalog.settings import catalog_settings
    from commonhold.catalog.status_update import StatusSources
    from commonhold.index.addresses import read_address
    from commonhold.index.client import IndexClient

    repository = open_catalog_source(context)
    catalog = read_catalog(folder, local=True)
    settings = catalog_settings(repository.config, repository.page, catalog.root.core.distribution)
    tests, complete = read_tests(results, plan, settings.core.series)
    workspace = repository.source.workspace(repository.tree)
    names = {plugin.path: plugin.name for plugin in workspace.plugins.values()}
    time = parse_time(at)
    sources = StatusSources(
        at=time,
        governed=read_governed_plugins(repository.tree, repository.config, names, day_of(time)),
        tests=tests,
        pages={} if no_index else read_pages(catalog, IndexClient(read_address(simple))),
        moved=settings.moved,
        run=run_url,
    )
    print_catalog(build_status(folder, settings, sources), folder)
    return 0 if complete else PARTIAL
