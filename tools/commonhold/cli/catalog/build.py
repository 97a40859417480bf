"""``commonhold catalog build``: add the plugins of a release to the plugin index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commonhold.cli.catalog.inputs import (
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
from commonhold.errors import UsageError

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("build")
@click.argument("version", required=False)
@folder_option
@click.option("--store", metavar="DIR", help="Folder of the release's store; default: a folder in .commonhold/release.")
@results_option
@plan_option
@click.option("--untested", is_flag=True, help="Add plugins without test results.")
@click.option("--simple", metavar="URL", help="URL of the package index's simple API; default: that of the release.")
@at_option
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str,
    store: str | None,
    results: tuple[str, ...],
    plan: str | None,
    untested: bool,
    simple: str | None,
    at: str | None,
) -> int:
    """Add the verified plugins of a release to the plugin index in DIR.

    The package index must serve each file with the hash that the release recorded. A plugin is added to each open
    series that its new release admits and with which its tests pass. A plugin that follows the core's version is added
    to the release's series even if its tests fail, and is listed as failing. The documents only grow: if the new
    version would drop or change anything else, nothing is written, and the exit code is 1.
    """
    from commonhold.catalog.from_release import ReleaseContext
    from commonhold.catalog.governed import read_governed_plugins
    from commonhold.catalog.run_build import build_from_release
    from commonhold.catalog.settings import catalog_settings
    from commonhold.index.client import IndexClient
    from commonhold.release.model.release_index import release_address
    from commonhold.release.model.store import open_store

    if bool(results) == untested:
        raise UsageError(
            "pass either the test results or --untested",
            hint="A plugin is added to a series only if its tests pass. Pass their results with --results DIR, or add "
            "every plugin with --untested.",
        )
    repository = open_catalog_source(context)
    release = open_store(store) if store else repository.source.open_store(version)
    settings = catalog_settings(repository.config, repository.page, release.plan.core)
    tests, complete = read_tests(results, plan, settings.core.series)
    time = parse_time(at)
    names = {plugin.path: plugin.name for plugin in release.plan.plugins}
    report = build_from_release(
        folder,
        release,
        settings,
        ReleaseContext(
            config=repository.config,
            client=IndexClient(release_address(release, None, simple)),
            tests=None if untested else tests,
            governed=read_governed_plugins(repository.tree, repository.config, names, day_of(time)),
            at=time,
            repository=repository.page,
        ),
    )
    print_catalog(report, folder)
    return 0 if complete else 1
