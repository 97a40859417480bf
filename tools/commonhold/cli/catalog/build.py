"""``commonhold catalog build``: make or extend a plugin index from a release, a package index or a list of sources."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commonhold.cli.catalog.build_sources import (
    build_indexed,
    build_list,
    check_options,
    core_series_option,
    releases_option,
)
from commonhold.cli.catalog.inputs import (
    PARTIAL,
    at_option,
    day_of,
    folder_option,
    open_catalog_source,
    parse_time,
    plan_option,
    print_catalog,
    read_plugin_logos,
    read_tests,
    results_option,
)
from commonhold.errors import UsageError

if TYPE_CHECKING:
    from commonhold.cli.context import Context
    from commonhold.index.addresses import Address
    from commonhold.release.model.store import Store


@click.command("build")
@click.argument("source", metavar="[VERSION | FILE.toml]", required=False)
@folder_option
@click.option(
    "--from-index",
    "from_index",
    metavar="[URL]",
    is_flag=False,
    flag_value="",
    help="Read releases from this package index (default: PyPI), not from a store.",
)
@click.option("--store", metavar="DIR", help="Folder of the release's store; default: a folder in .commonhold/release.")
@results_option
@plan_option
@click.option("--untested", is_flag=True, help="Add plugins without test results.")
@click.option("--simple", metavar="URL", help="URL of the package index's simple API; default: that of the release.")
@core_series_option
@releases_option
@at_option
@click.pass_obj
def command(
    context: Context,
    source: str | None,
    folder: str,
    from_index: str | None,
    store: str | None,
    results: tuple[str, ...],
    plan: str | None,
    untested: bool,
    simple: str | None,
    core_series: int | None,
    releases: int | None,
    at: str | None,
) -> int:
    """Add plugins to the plugin index in DIR: those of a release, of a package index, or of a list of sources.

    With VERSION or without a source, the verified plugins of a release are added. With --from-index, the plugins of
    this repository are added with the releases that are already on a package index. With FILE.toml, a plugin index is
    made from the projects, git repositories and files that it lists.

    The package index must serve each file with the hash that the release recorded. A plugin is added to each open
    series that its new release admits and with which its tests pass. A plugin that follows the core's version is added
    to the release's series even if its tests fail, and is listed as failing. The documents only grow: if the new
    version would drop or change anything else, nothing is written, and the exit code is 1. It is 5 if a file of test
    results was refused and the others were used.
    """
    for name, value in (("--core-series", core_series), ("--releases", releases)):
        if value is not None and from_index is None:
            hint = "A list of sources has keys of these names, and a release is added to the series that it admits."
            raise UsageError(f"{name} needs --from-index", hint=hint)
    if from_index is not None or (source or "").endswith(".toml"):
        of_release = {
            "--store": store,
            "--results": results,
            "--plan": plan,
            "--untested": untested,
            "--simple": simple,
        }
        check_options(source, from_index, of_release)
        if from_index is not None:
            return build_indexed(context, folder, from_index, core_series, releases, at)
        return build_list(os.path.join(context.folder, source or ""), folder, at)
    return _build_release(context, source, folder, store, _TestOptions(results, plan, untested), simple, at)


@dataclass(frozen=True, slots=True)
class _TestOptions:
    """The options about test results."""

    results: tuple[str, ...]
    plan: str | None
    untested: bool


def _build_release(
    context: Context,
    version: str | None,
    folder: str,
    store: str | None,
    options: _TestOptions,
    simple: str | None,
    at: str | None,
) -> int:
    """Add the verified plugins of a release."""
    from commonhold.catalog.from_release import ReleaseContext
    from commonhold.catalog.governed import read_governed_plugins
    from commonhold.catalog.run_build import build_from_release
    from commonhold.catalog.settings import catalog_settings
    from commonhold.index.client import IndexClient
    from commonhold.release.model.store import open_store

    if bool(options.results) == options.untested:
        raise UsageError(
            "pass either the test results or --untested",
            hint="A plugin is added to a series only if its tests pass. Pass their results with --results DIR, or add "
            "every plugin with --untested.",
        )
    repository = open_catalog_source(context)
    release = open_store(store) if store else repository.source.open_store(version)
    settings = catalog_settings(repository.config, repository.page, release.plan.core)
    tests, complete = read_tests(options.results, options.plan, settings.core.series)
    time = parse_time(at)
    names = {plugin.path: plugin.name for plugin in release.plan.plugins}
    report = build_from_release(
        folder,
        release,
        settings,
        ReleaseContext(
            config=repository.config,
            client=IndexClient(_index_of(release, simple)),
            tests=None if options.untested else tests,
            governed=read_governed_plugins(repository.tree, repository.config, names, day_of(time)),
            at=time,
            repository=repository.page,
            logos=read_plugin_logos(repository, names),
        ),
    )
    print_catalog(report, folder)
    return 0 if complete else PARTIAL


def _index_of(release: Store, simple: str | None) -> Address:
    """Return the package index that has the files of a release. Raises ``UsageError`` if the journal names another one.

    The journal may come from another machine, so a user must name an index that only the journal names.
    """
    from commonhold.index.addresses import find_index, read_address

    if simple is not None:
        return read_address(simple)
    planned, used = find_index(release.plan.index, release.plan.simple), release.state().address
    if used is not None and used.simple != planned.simple:
        raise UsageError(
            f"the release was uploaded to {used.upload}, but its plan names {planned.upload}",
            hint=f"If this is right, add --simple {used.simple}",
        )
    return planned
