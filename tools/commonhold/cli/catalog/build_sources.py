"""Run ``commonhold catalog build`` with --from-index, or with the list of an author's sources."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commonhold.catalog.from_index.core_series import LATEST_SERIES
from commonhold.catalog.from_index.indexed_releases import NEWEST
from commonhold.cli.catalog.inputs import day_of, open_catalog_source, parse_time, print_catalog
from commonhold.cli.release.progress import show_progress
from commonhold.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.cli.context import Context

core_series_option = click.option(
    "--core-series",
    "core_series",
    metavar="N",
    type=click.IntRange(1, 100),
    help=f"With --from-index: list the latest N series of the core; default: {LATEST_SERIES}.",
)
releases_option = click.option(
    "--releases",
    metavar="N",
    type=click.IntRange(1, 100),
    help=f"With --from-index: list at most N releases of a plugin in each series; default: {NEWEST}.",
)


def check_options(source: str | None, from_index: str | None, of_release: Mapping[str, object]) -> None:
    """Raise ``UsageError`` for options that contradict each other."""
    kind = "--from-index" if from_index is not None else f"{source}"
    if from_index is not None and source is not None:
        raise UsageError(
            f"pass either --from-index or {source}",
            hint="A package index is passed as --from-index=URL; --from-index without a URL reads PyPI.",
        )
    for name, value in of_release.items():
        if value:
            raise UsageError(f"{name} belongs to a release, and {kind} reads no release", hint=f"Remove {name}.")


def build_indexed(
    context: Context, folder: str, url: str, core_series: int | None, releases: int | None, at: str | None
) -> int:
    """Add the releases on a package index of this repository's plugins."""
    from commonhold.catalog.from_index.download_cache import DownloadCache, default_cache_folder
    from commonhold.catalog.from_index.indexed_build import IndexedBuild, build_from_index
    from commonhold.catalog.governed import read_governed_plugins
    from commonhold.catalog.settings import catalog_settings
    from commonhold.cli.context import check_and_warn
    from commonhold.index.addresses import read_address
    from commonhold.index.client import IndexClient
    from commonhold.workspace import Files, read_workspace

    repository = open_catalog_source(context)
    settings = catalog_settings(repository.config, repository.page)
    files = Files.of(repository.tree)
    workspace = check_and_warn(read_workspace(files, repository.config))
    time = parse_time(at)
    names = {plugin.path: str(plugin.name) for plugin in workspace.plugins.values()}
    with show_progress() as reporter:
        build = IndexedBuild(
            workspace=workspace,
            files=files,
            client=IndexClient(read_address(None if url in ("", "pypi") else url)),
            cache=DownloadCache(default_cache_folder(os.environ)),
            governed=read_governed_plugins(files, repository.config, names, day_of(time)),
            at=time,
            page=repository.page,
            latest=core_series or LATEST_SERIES,
            newest=releases or NEWEST,
            started=lambda total: reporter.started("Reading projects", total, "projects"),
            progress=reporter.advanced,
        )
        report = build_from_index(folder, settings, build)
    print_catalog(report, folder)
    return 0


def build_list(path: str, folder: str, at: str | None) -> int:
    """Make the plugin index of an author from the list in a file."""
    from commonhold.catalog.from_index.download_cache import DownloadCache, default_cache_folder
    from commonhold.catalog.own_index.own_build import BuildTools, build_own_index
    from commonhold.catalog.own_index.source_list import read_source_list
    from commonhold.index.addresses import read_address
    from commonhold.index.client import IndexClient

    wanted = read_source_list(path)
    with show_progress() as reporter:
        tools = BuildTools(
            client=IndexClient(read_address(wanted.package_index)),
            cache=DownloadCache(default_cache_folder(os.environ)),
            environ=os.environ,
            now=parse_time(at),
            started=lambda total: reporter.started("Reading sources", total, "sources"),
            progress=reporter.advanced,
        )
        report = build_own_index(folder, wanted, path, tools)
    print_catalog(report, folder)
    return 0
