"""Update the status of listed plugins: states, maintainers, yanked releases, and test results."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from commonhold.catalog.documents import Compatibility, ListedStatus, MovedTo, ReleaseMarks, StateChange
from commonhold.catalog.listed_status import state_of_project
from commonhold.catalog.series import series_of, series_order
from commonhold.catalog.untrusted_text import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.governed import GovernedPlugin
    from commonhold.catalog.tested import CoreTestResult, CoreTestResults
    from commonhold.index.page import IndexPage

CORES_PER_SERIES = 3
"""The number of core versions whose results are kept for each series of a plugin."""

YANKED = "yanked on the package index"
DELETED = "deleted from the package index"


@dataclass(frozen=True)
class StatusSources:
    """The sources of an update. A plugin that a mapping lacks keeps its status.

    ``pages`` are the pages of projects on the package index, or ``None`` for a project that it does not have. ``moved``
    are the plugins that others replace; ``None`` keeps the listed ones. ``run`` is the URL of the test run, and ``at``
    the current time.
    """

    at: str
    governed: Mapping[str, GovernedPlugin] = field(default_factory=dict)
    tests: CoreTestResults | None = None
    pages: Mapping[str, IndexPage | None] = field(default_factory=dict)
    moved: Mapping[str, MovedTo] | None = None
    run: str | None = None

    @property
    def day(self) -> str:
        """The current day."""
        return self.at[:10]


def update_status(catalog: Catalog, sources: StatusSources) -> Catalog:
    """Return the plugin index with the status of every listed plugin updated; nothing else changes."""
    plugins = dict(catalog.status.plugins)
    for name, versions in sorted(listed_versions(catalog).items()):
        old = plugins.get(name, ListedStatus())
        new = _governed(old, sources.governed.get(name))
        if sources.moved is not None:
            moved = sources.moved.get(name)
            new = msgspec.structs.replace(new, moved_to=moved, replacement=moved.name if moved is not None else None)
        if name in sources.pages:
            new = _on_index(new, sources.pages[name], versions)
        new = _tested(new, name, versions, sources, catalog.root.core.series)
        if new != ListedStatus() or name in plugins:
            plugins[name] = _with_history(old, new, sources.day)
    status = msgspec.structs.replace(catalog.status, generated=sources.at, plugins=plugins)
    return replace(catalog, status=status)


def listed_versions(catalog: Catalog) -> dict[str, set[str]]:
    """Return the versions of each plugin that are listed in any series, without nightly ones."""
    versions: dict[str, set[str]] = {}
    for document in catalog.tiers.values():
        for plugin in document.plugins:
            found = {release.version for release in plugin.releases if release.files}
            versions.setdefault(plugin.name, set()).update(found)
    return versions


def _governed(status: ListedStatus, governed: GovernedPlugin | None) -> ListedStatus:
    if governed is None:
        return status
    return msgspec.structs.replace(
        status,
        state=governed.state,
        since=governed.since,
        reason=governed.reason,
        needs_maintainer=governed.needs_maintainer,
        history=_ordered((*status.history, *governed.history)),
    )


def _ordered(changes: Iterable[StateChange]) -> list[StateChange]:
    unique = {(change.since, change.state, change.reason): change for change in changes}
    return sorted(unique.values(), key=lambda change: change.since)


def _with_history(old: ListedStatus, new: ListedStatus, today: str) -> ListedStatus:
    """Return the status with the day of its state, and with its state as the last one in its history.

    A plugin that was always active has neither.
    """
    last = new.history[-1] if new.history else None
    since = new.since or (old.since if new.state == old.state else today)
    if since is None or (last is not None and last.state == new.state):
        return msgspec.structs.replace(new, since=since)
    change = StateChange(state=new.state, since=since, reason=new.reason)
    return msgspec.structs.replace(new, since=since, history=_ordered((*new.history, change)))


def _on_index(status: ListedStatus, page: IndexPage | None, versions: set[str]) -> ListedStatus:
    """Return the status with the releases that are yanked or deleted on the package index, and its project's state."""
    files = page.files if page is not None else ()
    marks = dict(status.releases)
    for version in sorted(versions, key=Version):
        served = [file for file in files if _same(file.version, version)]
        old = marks.get(version, ReleaseMarks())
        yanked = (old.yanked or YANKED) if served and all(file.yanked for file in served) else None
        unlisted = None if served else (old.unlisted or DELETED)
        new = msgspec.structs.replace(old, yanked=yanked, unlisted=unlisted)
        if new != old or version in marks:
            marks[version] = new
    status = msgspec.structs.replace(status, releases=marks)
    state, reason = state_of_project(page.status, page.reason) if page is not None else ("active", "")
    # The owners of a project may retire it there; the governance files may say more about an inactive plugin.
    if state == "quarantined" or (state == "retired" and status.state == "active"):
        return msgspec.structs.replace(status, state=state, since=None, reason=reason)
    if status.state == "quarantined":  # only the package index quarantines projects
        return msgspec.structs.replace(status, state="active", since=None, reason="")
    return status


def _same(text: str | None, version: str) -> bool:
    try:
        return text is not None and Version(text) == Version(version)
    except ValueError:
        return False


def _tested(status: ListedStatus, name: str, listed: set[str], sources: StatusSources, rule: str) -> ListedStatus:
    """Return the status with the newest test results, of which each series keeps those of its newest core versions."""
    results = sources.tests.results if sources.tests is not None else ()
    found = {(each.series, each.core): each for each in status.compatibility}
    newest = max(listed, key=Version, default=None)
    for tested in results:
        if tested.plugin == name and newest is not None:
            entry = _compatibility(tested, newest, sources, rule)
            found[entry.series, entry.core] = entry
    by_series: dict[str, list[Compatibility]] = {}
    for entry in sorted(found.values(), key=lambda each: Version(each.core), reverse=True):
        by_series.setdefault(entry.series, []).append(entry)
    kept = [entry for series in sorted(by_series, key=series_order) for entry in by_series[series][:CORES_PER_SERIES]]
    return msgspec.structs.replace(status, compatibility=kept)


def _compatibility(tested: CoreTestResult, version: str, sources: StatusSources, rule: str) -> Compatibility:
    return Compatibility(
        series=series_of(tested.core, rule),
        core=str(tested.core),
        version=version,
        result="passed" if tested.passed else "failed",
        at=sources.at,
        url=clean_url(sources.run) if sources.run else None,
    )
