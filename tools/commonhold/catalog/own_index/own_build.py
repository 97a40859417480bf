"""Build the plugin index of an author from a list of sources."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from commonhold.catalog.documents import ListedStatus
from commonhold.catalog.from_index.core_series import find_series
from commonhold.catalog.from_index.release_reader import ReleaseReader
from commonhold.catalog.growth import grow, with_plugin, with_series
from commonhold.catalog.listed_status import state_of_project, with_state
from commonhold.catalog.own_index.listed_sources import SourceReader
from commonhold.catalog.release_entry import checked_plugin, named_assets, plugin_entry
from commonhold.catalog.run_build import BuildReport, read_existing, write_version
from commonhold.errors import CommonholdError, ConfigurationError
from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonhold.catalog.documents import CatalogPlugin
    from commonhold.catalog.from_index.download_cache import DownloadCache
    from commonhold.catalog.own_index.listed_sources import SourcedPlugin
    from commonhold.catalog.own_index.source_list import OwnIndex, OwnPlugin
    from commonhold.index.client import IndexClient

_CONNECTIONS = 6


@dataclass(frozen=True)
class BuildTools:
    """The package index and the cache to read from, the environment, and the current time."""

    client: IndexClient
    cache: DownloadCache
    environ: Mapping[str, str]
    now: str
    started: Callable[[int], object] = int
    progress: Callable[[str], object] = str


def build_own_index(folder: str, wanted: OwnIndex, path: str, tools: BuildTools) -> BuildReport:
    """Build the plugin index for the list in ``path``, and write it into a folder; listed releases stay listed.

    Raises ``CommonholdError``: one error with every source that cannot be read. The folder is unchanged then.
    """
    old = read_existing(folder)
    page = tools.client.page(wanted.core)
    if page is None or not page.files:
        raise ConfigurationError(
            f"{path}: the package index has no project {wanted.core}, whose series the plugin index needs",
            hint="Correct `core`, or set `package-index` to the index that has the core.",
        )
    series = find_series(page.files, wanted.series, wanted.core_series)
    reader = ReleaseReader(tools.client, tools.cache, wanted.core, series, tools.now, wanted.releases)
    tools.started(len(wanted.plugins))
    listed = _read_all(wanted, SourceReader(os.path.dirname(path), reader, tools.environ), tools.progress)
    catalog = grow(old, wanted.settings, tools.now)
    for name in [each.name for each in series]:
        catalog = with_series(catalog, name, tools.now)
    statuses = dict(catalog.status.plugins)
    for plugin, found in zip(wanted.plugins, listed, strict=True):
        entry = _described(plugin, found)
        for name, releases in found.by_series.items():
            of_series = msgspec.structs.replace(entry, releases=list(releases))
            assets = named_assets(found.assets, releases)
            catalog = with_plugin(catalog, name, wanted.tier, checked_plugin(of_series), assets)
        status = _status(plugin, found, statuses.get(entry.name), tools.now[:10])
        if status != ListedStatus():
            statuses[entry.name] = status
    problems = tuple(problem for found in listed for problem in found.problems)
    status_document = msgspec.structs.replace(catalog.status, plugins=statuses)
    catalog = replace(catalog, status=status_document)
    return BuildReport(write_version(folder, old, catalog, wanted.settings.shrink), problems)


def _read_all(wanted: OwnIndex, reader: SourceReader, progress: Callable[[str], object]) -> list[SourcedPlugin]:
    def read(plugin: OwnPlugin) -> SourcedPlugin | CommonholdError:
        try:
            return reader.read(plugin)
        except CommonholdError as error:
            return error
        finally:
            progress(plugin.source)

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        found = list(pool.map(read, wanted.plugins))
    errors = [each for each in found if isinstance(each, CommonholdError)]
    if errors:
        # The first error that is not the author's mistake, such as a failed connection, decides the exit code.
        worst = max(errors, key=lambda error: error.exit_code)
        if len(errors) > 1:
            lines = "\n".join(f"  {error.message}" for error in errors)
            worst.message = f"{count(len(errors), 'source')} cannot be listed:\n{lines}"
        raise worst
    listed = [each for each in found if not isinstance(each, CommonholdError)]
    names = [each.facts.name for each in listed]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigurationError(f"two plugins in the list are {twice}", hint="List each distribution once.")
    return listed


def _described(plugin: OwnPlugin, found: SourcedPlugin) -> CatalogPlugin:
    """Return the entry without releases; the list's own values take precedence over those of the release."""
    entry = plugin_entry(found.facts, plugin.short or found.facts.name[:64].rstrip("-"), ())
    own = {
        "summary": plugin.summary, "category": plugin.category, "keywords": plugin.keywords,
        "maintainers": plugin.maintainers, "notes": plugin.notes,
    }  # fmt: skip
    return msgspec.structs.replace(entry, **{key: value for key, value in own.items() if value})


def _status(plugin: OwnPlugin, found: SourcedPlugin, old: ListedStatus | None, today: str) -> ListedStatus:
    state, reason = state_of_project(found.status, found.status_reason)
    if plugin.retired is not None:
        state, reason = "retired", plugin.retired
    status = with_state(old, state, reason, today, plugin.replacement)
    return msgspec.structs.replace(status, moved_to=plugin.moved_to)
