"""Add the plugins of a verified release to a plugin index, with their files as the package index serves them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timezone
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from commonhold.catalog.documents import CatalogFile, Compatibility, ListedStatus, ReleaseMarks
from commonhold.catalog.growth import CatalogRejectedError, entry_problem, with_plugin, with_series
from commonhold.catalog.open_source import licence_problem
from commonhold.catalog.plugin_logos import logo_path
from commonhold.catalog.release_entry import ReleaseOrigin, plugin_entry, readme_entry, release_entry
from commonhold.catalog.series import NIGHTLY, admits_series, series_of
from commonhold.catalog.untrusted_text import clean_line, clean_url
from commonhold.catalog.wheel_facts import UnreadableReleaseError, read_archive_facts
from commonhold.projects.names import normalize
from commonhold.release.model.journal_events import Uploaded
from commonhold.release.model.plugin_state import PluginStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogPlugin
    from commonhold.catalog.governed import GovernedPlugin
    from commonhold.catalog.tested import CoreTestResult, CoreTestResults
    from commonhold.index.client import IndexClient
    from commonhold.index.page import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.store import Store
    from commonhold.workspace.config import Config


@dataclass(frozen=True)
class ReleaseContext:
    """The facts about a release that its store does not contain.

    ``tests`` is ``None`` if plugins are added without test results. ``repository`` is the address of the repository's
    page. ``at`` is the current time. ``logos`` are the logos of plugins by name.
    """

    config: Config
    client: IndexClient
    tests: CoreTestResults | None
    governed: Mapping[str, GovernedPlugin]
    at: str
    repository: str | None = None
    logos: Mapping[str, bytes] = field(default_factory=dict)


@dataclass
class _Build:
    """A plugin index that grows, and the sentences about plugins that are left out."""

    store: Store
    context: ReleaseContext
    catalog: Catalog
    left_out: list[str] = field(default_factory=list)

    def run(self) -> None:
        plan = self.store.plan
        home = series_of(Version(plan.version), self.catalog.root.core.series)
        self.catalog = with_series(self.catalog, home, self.context.at)
        for state in self.store.state().released:
            plugin = state.plugin
            if plugin.name == plan.core or plugin.tier not in self.context.config.tiers:
                continue
            if state.status is not PluginStatus.VERIFIED:
                self.left_out.append(f"{plugin.name} {plugin.version} is not verified on the package index")
                continue
            self.add(state, home)

    def add(self, state: PluginState, home: str) -> None:
        try:
            entry, assets = self.entry(state)
            problem = licence_problem(entry.licence) or entry_problem(self.catalog, state.plugin.tier, entry)
        except (UnreadableReleaseError, ValueError) as error:
            problem = clean_line(str(error))
        if problem is not None:
            self.left_out.append(f"{state.name} {state.plugin.version}: {problem}")
            return
        series = dict(self.series_of(state.plugin, entry, home))
        for name, failing in series.items():
            self.catalog = with_plugin(self.catalog, name, state.plugin.tier, entry, assets)
            if name == home:
                self.mark(entry, failing)
                self.note_unknown(entry, home)
        if not series:
            self.left_out.append(f"{entry.name} {state.plugin.version}: {self.why_not(entry, home)}")

    def series_of(
        self, plugin: PlannedDistribution, entry: CatalogPlugin, home: str
    ) -> Iterator[tuple[str, CoreTestResult | None]]:
        """Yield the series to which a plugin is added, each with its test result if that failed."""
        follows = self.follows_core(plugin)
        for series in self.catalog.root.series:
            if series.state != "open" or not _admits(entry, series.name):
                continue
            tests = self.context.tests
            tested = tests.find(plugin.name, series.name) if tests is not None else None
            if series.name == home and follows:
                yield home, tested if tested is not None and not tested.passed else None
            elif tests is None or (tested is not None and tested.passed):
                yield series.name, None

    def follows_core(self, plugin: PlannedDistribution) -> bool:
        """Whether the plugin is released with each version of the core, so that it is listed even if its tests fail."""
        own = self.context.config.plugins.get(normalize(plugin.name))
        return own is None or own.version != "own"

    def why_not(self, entry: CatalogPlugin, home: str) -> str:
        core = entry.releases[0].core
        if not _admits(entry, home) and core is not None:
            return f"it requires {core.distribution}{core.range}, which excludes the series {home}"
        tested = self.context.tests.find(entry.name, home) if self.context.tests is not None else None
        if tested is None:
            return f"its tests did not run with a version of the series {home}"
        return f"its tests fail with {self.catalog.root.core.distribution} {tested.core}"

    def mark(self, entry: CatalogPlugin, failing: CoreTestResult | None) -> None:
        """Record in the status whether the tests of a release fail."""
        version, status = entry.releases[0].version, self.catalog.status
        listed = status.plugins.get(entry.name, ListedStatus())
        reason = None
        if failing is not None:
            core = f"{self.catalog.root.core.distribution} {failing.core}"
            reason = f"its tests fail with {core} on Python {', '.join(failing.failed)}"
        marks = msgspec.structs.replace(listed.releases.get(version, ReleaseMarks()), failing=reason)
        if marks == listed.releases.get(version, ReleaseMarks()):
            return
        marked = msgspec.structs.replace(listed, releases={**listed.releases, version: marks})
        plugins = {**status.plugins, entry.name: marked}
        self.catalog = replace(self.catalog, status=msgspec.structs.replace(status, plugins=plugins))

    def note_unknown(self, entry: CatalogPlugin, home: str) -> None:
        """Record in the status that a plugin was not tested, although other plugins were."""
        tests, core = self.context.tests, str(Version(self.store.plan.version))
        status = self.catalog.status
        listed = status.plugins.get(entry.name, ListedStatus())
        known = any(each.series == home and each.core == core for each in listed.compatibility)
        if tests is None or tests.find(entry.name, home) is not None or known:
            return
        result = Compatibility(
            series=home, core=core, version=entry.releases[0].version, result="unknown", at=self.context.at
        )
        noted = msgspec.structs.replace(listed, compatibility=[*listed.compatibility, result])
        plugins = {**status.plugins, entry.name: noted}
        self.catalog = replace(self.catalog, status=msgspec.structs.replace(status, plugins=plugins))

    def entry(self, state: PluginState) -> tuple[CatalogPlugin, dict[str, bytes]]:
        """Return the entry of a plugin with this release, and the files that it names."""
        plugin, context = state.plugin, self.context
        wheel = next((file for file in state.files if file.name.endswith(".whl")), state.files[0])
        facts = read_archive_facts(wheel.name, self.store.read(plugin.name, wheel))
        readme, assets = None, {}
        if facts.readme is not None:
            readme, data = readme_entry(facts.readme)
            assets[readme.path] = data
        origin = ReleaseOrigin(self.released(plugin.name), self.store.plan.commit, self.notes_url(plugin))
        core = self.catalog.root.core.distribution
        release = release_entry(facts, core, _served_files(context.client, state), origin, readme)
        tier = context.config.tiers[plugin.tier]
        entry = plugin_entry(facts, tier.short_name(normalize(plugin.name)), [release])
        governed, catalog, page = context.governed.get(plugin.name), context.config.catalog, context.repository
        logo = context.logos.get(plugin.name)
        if logo is not None:
            assets[logo_path(logo)] = logo
        return msgspec.structs.replace(
            entry,
            logo=None if logo is None else logo_path(logo),
            source=entry.source or (clean_url(f"{page}/tree/HEAD/{plugin.path}") if page else None),
            issues=entry.issues or (clean_url(f"{page}/issues") if page else None),
            category=catalog.category_of(normalize(plugin.name)) if catalog else None,
            maintainers=list(governed.maintainers) if governed and governed.maintainers else entry.maintainers,
        ), assets

    def released(self, name: str) -> str:
        """Return the time at which the first file of a plugin was uploaded."""
        times = [event.at for event in self.store.events() if isinstance(event, Uploaded) and event.plugin == name]
        return f"{min(times).astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}" if times else self.context.at

    def notes_url(self, plugin: PlannedDistribution) -> str | None:
        """Return the page of the release notes, if a tag of the release was pushed."""
        tags, page = self.store.state().tags, self.context.repository
        own = next((tag for tag in tags if tag.startswith(f"{plugin.name}/")), None)
        tag = own or next((tag for tag in tags if "/" not in tag), None)
        return clean_url(f"{page}/releases/tag/{tag}") if page and tag else None


def add_release(catalog: Catalog, store: Store, context: ReleaseContext) -> tuple[Catalog, tuple[str, ...]]:
    """Return the plugin index with the verified plugins of a release, and a sentence for each plugin left out.

    Raises ``CatalogRejectedError`` if the package index serves a file with another hash than the store's.
    """
    build = _Build(store, context, catalog)
    build.run()
    return build.catalog, tuple(build.left_out)


def _admits(entry: CatalogPlugin, series: str) -> bool:
    core = entry.releases[0].core
    return series != NIGHTLY and (core is None or admits_series(core.range, series))


def _served_files(client: IndexClient, state: PluginState) -> list[CatalogFile]:
    """Return the files of a release with the URLs and hashes that the package index serves."""
    page = client.page(state.name)
    served = {file.name: file for file in (page.files if page is not None else ())}
    wheels_first = sorted(state.files, key=lambda file: (not file.name.endswith(".whl"), file.name))
    return [_served_file(client, served.get(artifact.name), artifact) for artifact in wheels_first]


def _served_file(client: IndexClient, served: IndexFile | None, artifact: Artifact) -> CatalogFile:
    if served is None:
        raise CatalogRejectedError(
            f"the package index does not list {artifact.name}", hint="Run `commonhold release verify` first."
        )
    digest = served.sha256
    if digest is None:
        data = client.fetch(served, artifact.size)
        digest = hashlib.sha256(data).hexdigest() if data is not None else "unknown, because the file is larger"
    if digest != artifact.sha256:
        raise CatalogRejectedError(
            f"the package index serves a different {artifact.name}: SHA-256 {digest}, but {artifact.sha256} was built",
            hint="Somebody else uploaded this file. Do not list it, and ask the owners of the project.",
        )
    provenance = clean_url(served.details.provenance) if served.details.provenance else None
    return CatalogFile(url=served.url, size=artifact.size, sha256=artifact.sha256, provenance=provenance)
