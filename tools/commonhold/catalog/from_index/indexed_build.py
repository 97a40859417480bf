"""Build the documents of a repository's plugins from the releases that are already on a package index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from commonhold.catalog.from_index.core_series import LATEST_SERIES, find_series
from commonhold.catalog.from_index.described_source import describe_source
from commonhold.catalog.from_index.indexed_releases import NEWEST
from commonhold.catalog.from_index.release_reader import ReleaseReader
from commonhold.catalog.growth import entry_problem, grow, with_plugin, with_series
from commonhold.catalog.open_source import licence_problem
from commonhold.catalog.release_entry import named_assets, plugin_entry, readme_entry
from commonhold.catalog.run_build import BuildReport, read_existing, write_version
from commonhold.catalog.status_update import StatusSources, update_status
from commonhold.errors import UsageError
from commonhold.projects.names import normalize
from commonhold.release.plan.candidates import private_reason
from commonhold.workspace.config import PluginConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogPlugin, CatalogReadme, CatalogRelease
    from commonhold.catalog.from_index.core_series import ReleasedSeries
    from commonhold.catalog.from_index.download_cache import DownloadCache
    from commonhold.catalog.from_index.release_reader import IndexedProject
    from commonhold.catalog.governed import GovernedPlugin
    from commonhold.catalog.settings import CatalogSettings
    from commonhold.catalog.wheel_facts import WheelFacts
    from commonhold.index.client import IndexClient
    from commonhold.workspace import Files, Plugin, Workspace

_CONNECTIONS = 6
"""The number of projects that are read at the same time."""


@dataclass(frozen=True)
class IndexedBuild:
    """The inputs of a build: ``page`` is the address of the repository's page, and ``at`` the current time.

    ``latest`` is the number of core series to list, and ``newest`` the number of releases in each of them.
    """

    workspace: Workspace
    files: Files
    client: IndexClient
    cache: DownloadCache
    governed: Mapping[str, GovernedPlugin]
    at: str
    page: str | None = None
    latest: int = LATEST_SERIES
    newest: int = NEWEST
    started: Callable[[int], object] = field(default=int)
    progress: Callable[[str], object] = field(default=str)


def build_from_index(folder: str, settings: CatalogSettings, build: IndexedBuild) -> BuildReport:
    """Add the plugins' releases on the package index to the plugin index in a folder, and write it.

    Raises ``IndexUnreachableError`` at the first request that fails, and ``CatalogRejectedError``; the folder is
    unchanged then.
    """
    old = read_existing(folder)
    core = settings.core.distribution
    page = build.client.page(core)
    series = find_series(page.files if page is not None else (), settings.core.series, build.latest)
    if not series:
        raise UsageError(
            f"the package index {build.client.address.simple} has no release of the core {core}",
            hint="Pass the URL of the simple API that has it with --from-index URL.",
        )
    projects = _read_projects(build, core, series)
    catalog, left_out = _add_all(grow(old, settings, build.at), build, series, projects)
    pages = {name: project.page for name, project in projects.items() if project is not None}
    catalog = update_status(catalog, StatusSources(build.at, build.governed, pages=pages, moved=settings.moved))
    return BuildReport(write_version(folder, old, _closed(catalog, old, series), settings.shrink), left_out)


def _read_projects(
    build: IndexedBuild, core: str, series: Sequence[ReleasedSeries]
) -> dict[str, IndexedProject | None]:
    """Read the project of each plugin that is released; ``None`` is a project that does not exist."""
    plugins = [plugin for plugin in build.workspace.plugins.values() if _is_listed(plugin, build.workspace)]
    reader = ReleaseReader(build.client, build.cache, core, series, build.at, build.newest)

    def read(plugin: Plugin) -> IndexedProject | None:
        page = build.client.page(plugin.name)
        found = None if page is None or not page.files else reader.read(plugin.name, page)
        build.progress(plugin.name)
        return found

    build.started(len(plugins))
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        reads = [pool.submit(read, plugin) for plugin in plugins]
        try:
            return {plugin.name: found.result() for plugin, found in zip(plugins, reads, strict=True)}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _is_listed(plugin: Plugin, workspace: Workspace) -> bool:
    config = workspace.config
    settings = config.plugins.get(plugin.name, PluginConfig())
    return plugin.tier.name in config.tiers and not private_reason(plugin, settings)


def _add_all(
    catalog: Catalog,
    build: IndexedBuild,
    series: Sequence[ReleasedSeries],
    projects: Mapping[str, IndexedProject | None],
) -> tuple[Catalog, tuple[str, ...]]:
    """Return the catalogue with every project, and a sentence for each release or plugin that is left out."""
    names = [each.name for each in series if catalog.state_of(each.name) != "closed"]
    for name in names:
        catalog = with_series(catalog, name, build.at)
    left_out: list[str] = []
    for plugin, project in projects.items():
        left_out += project.problems if project is not None else ()
        try:
            catalog = _add(catalog, build, names, plugin, project)
        except _LeftOutError as reason:
            left_out.append(f"{plugin}: {reason}")
    return catalog, tuple(left_out)


class _LeftOutError(Exception):
    """A plugin is not listed, because of the text."""


def _add(
    catalog: Catalog, build: IndexedBuild, series: Collection[str], name: str, project: IndexedProject | None
) -> Catalog:
    owners = build.workspace.config.release.owners
    if project is None:
        raise _LeftOutError("the package index has no project of this name")
    if owners and not _is_owned(build.client, name, owners):
        raise _LeftOutError("its project on the package index belongs to somebody else")
    if project.facts is None:
        raise _LeftOutError("it has no release that can be listed")
    plugin = build.workspace.plugins[normalize(name)]
    entry, readme = _entry(build, plugin, project.facts)
    if (problem := licence_problem(entry.licence)) is not None:
        raise _LeftOutError(problem)
    admitted = {each: releases for each, releases in project.by_series if each in series}
    if not admitted:
        raise _LeftOutError("none of its releases admits a series of the core that is listed and open")
    for each, releases in admitted.items():
        listed = [_with_readme(release, project.facts, readme) for release in releases]
        of_series = msgspec.structs.replace(entry, releases=listed)
        if (problem := entry_problem(catalog, plugin.tier.name, of_series)) is not None:
            raise _LeftOutError(problem)
        assets = named_assets({**dict(project.assets), **readme.contents}, listed)
        catalog = with_plugin(catalog, each, plugin.tier.name, of_series, assets)
    return catalog


def _is_owned(client: IndexClient, name: str, owners: Collection[str]) -> bool:
    """Return whether one of the owners owns the project, or the index does not publish its owners."""
    found = client.owners(name)
    return found is None or not {*map(str.casefold, found)}.isdisjoint(map(str.casefold, owners))


@dataclass(frozen=True)
class _SourceReadme:
    """The readme in the repository, for a newest release that has none."""

    entry: CatalogReadme | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict)


def _entry(build: IndexedBuild, plugin: Plugin, facts: WheelFacts) -> tuple[CatalogPlugin, _SourceReadme]:
    """Return the entry of a plugin without releases, and its readme if its newest release has none."""
    config = build.workspace.config
    branch = config.default_branch or "HEAD"
    complete = describe_source(build.files, plugin.path, build.page, branch).complete(facts)
    entry = plugin_entry(complete, plugin.tier.short_name(plugin.name), ())
    governed = build.governed.get(plugin.name)
    entry = msgspec.structs.replace(
        entry,
        category=config.catalog.category_of(plugin.name) if config.catalog is not None else None,
        maintainers=list(governed.maintainers) if governed and governed.maintainers else entry.maintainers,
    )
    if facts.readme is not None or complete.readme is None:
        return entry, _SourceReadme()
    readme, data = readme_entry(complete.readme)
    return entry, _SourceReadme(readme, {readme.path: data})


def _with_readme(release: CatalogRelease, facts: WheelFacts, readme: _SourceReadme) -> CatalogRelease:
    is_newest = release.version == facts.version and release.readme is None
    return msgspec.structs.replace(release, readme=readme.entry) if is_newest else release


def _closed(catalog: Catalog, old: Catalog | None, series: Sequence[ReleasedSeries]) -> Catalog:
    """Return the catalogue in which new series of the core that have ended are closed."""
    known = {each.name for each in old.root.series} if old is not None else set()
    ended = {each.name for each in series if not each.is_open} - known
    listed = [
        msgspec.structs.replace(each, state="closed") if each.name in ended else each for each in catalog.root.series
    ]
    return replace(catalog, root=msgspec.structs.replace(catalog.root, series=listed))
