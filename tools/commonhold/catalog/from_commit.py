"""List the plugins of a commit in the series ``nightly``, with URLs of git from which installers build them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from packaging.version import Version

from commonhold.catalog.growth import entry_problem, with_plugin, with_series
from commonhold.catalog.open_source import licence_problem
from commonhold.catalog.plugin_logos import logo_path
from commonhold.catalog.release_entry import ReleaseOrigin, plugin_entry, readme_entry, release_entry
from commonhold.catalog.series import NIGHTLY
from commonhold.catalog.source_facts import read_source_facts
from commonhold.catalog.untrusted_text import clean_line
from commonhold.catalog.wheel_facts import UnreadableReleaseError
from commonhold.errors import UsageError
from commonhold.release.plan.candidates import private_reason
from commonhold.versions import parse_version
from commonhold.workspace.config import PluginConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogPlugin, CatalogRelease
    from commonhold.catalog.governed import GovernedPlugin
    from commonhold.catalog.tested import CoreTestResults
    from commonhold.catalog.wheel_facts import WheelFacts
    from commonhold.workspace import Files, Plugin, Workspace


@dataclass(frozen=True)
class CommitContext:
    """A commit with its plugins. ``committed`` is its time in seconds, and ``repository`` its repository's page.

    ``tests`` are the results of the plugins' tests, and ``at`` is the current time. ``logos`` are the logos of plugins
    by name.
    """

    commit: str
    committed: int
    workspace: Workspace
    files: Files
    governed: Mapping[str, GovernedPlugin]
    tests: CoreTestResults
    at: str
    repository: str | None = None
    logos: Mapping[str, bytes] = field(default_factory=dict)


def list_commit(catalog: Catalog, context: CommitContext) -> tuple[Catalog, tuple[str, ...]]:
    """Return the plugin index with the plugins of a commit as the only ones in the series ``nightly``.

    The second value is a sentence for each plugin that is left out. Raises ``UsageError`` if the address of the
    repository is unknown.
    """
    if context.repository is None:
        raise UsageError(
            "the address of the repository is unknown, so nothing can be installed from a commit",
            hint="Set it with `git remote set-url origin URL`.",
        )
    catalog = with_series(catalog, NIGHTLY, context.at)
    empty = {
        key: msgspec.structs.replace(document, plugins=[])
        for key, document in catalog.tiers.items()
        if key[0] == NIGHTLY
    }
    catalog = replace(catalog, tiers={**catalog.tiers, **empty})
    left_out = []
    for name, plugin in sorted(context.workspace.plugins.items()):
        settings = context.workspace.config.plugins.get(name, PluginConfig())
        if private_reason(plugin, settings):
            continue
        try:
            entry, assets = _entry(catalog, plugin, context, context.repository)
            problem = licence_problem(entry.licence) or entry_problem(catalog, plugin.tier.name, entry)
        except (UnreadableReleaseError, ValueError) as error:
            problem = clean_line(str(error))
        problem = problem or _test_problem(name, catalog, context)
        if problem is None:
            catalog = with_plugin(catalog, NIGHTLY, plugin.tier.name, entry, assets)
        else:
            left_out.append(f"{name} {context.commit[:12]}: {problem}")
    return catalog, tuple(left_out)


def _test_problem(name: str, catalog: Catalog, context: CommitContext) -> str | None:
    results = [each for each in context.tests.results if each.plugin == name]
    newest = max(results, key=lambda each: each.core, default=None)
    if newest is None or newest.passed:
        return None
    return f"its tests fail with {catalog.root.core.distribution} {newest.core}"


def _entry(
    catalog: Catalog, plugin: Plugin, context: CommitContext, repository: str
) -> tuple[CatalogPlugin, dict[str, bytes]]:
    start = f"{plugin.path}/"
    paths = [path[len(start) :] for path in context.files.entries if path.startswith(start)]
    # A computed version is unknown without a build, and the version below does not depend on it.
    known = parse_version(plugin.metadata.version or "") is not None
    facts = read_source_facts(plugin.path, paths, context.files.get, None if known else "0.0.0")
    readme, assets = None, {}
    if facts.readme is not None:
        readme, data = readme_entry(facts.readme)
        assets[readme.path] = data
    committed = datetime.fromtimestamp(context.committed, timezone.utc)
    origin = ReleaseOrigin(f"{committed:%Y-%m-%dT%H:%M:%SZ}", context.commit)
    url = f"git+{repository}@{context.commit}#subdirectory={quote(plugin.path)}"
    described = release_entry(facts, catalog.root.core.distribution, [], origin, readme, git=url)
    release = _with_version(described, facts, committed, context.commit)
    entry = plugin_entry(facts, plugin.tier.short_name(plugin.name), [release])
    governed, settings = context.governed.get(plugin.name), context.workspace.config.catalog
    logo = context.logos.get(plugin.name)
    if logo is not None:
        assets[logo_path(logo)] = logo
    return msgspec.structs.replace(
        entry,
        logo=None if logo is None else logo_path(logo),
        category=settings.category_of(plugin.name) if settings else None,
        maintainers=list(governed.maintainers) if governed and governed.maintainers else entry.maintainers,
        source=f"{repository}/tree/HEAD/{quote(plugin.path)}",
    ), assets


def _with_version(release: CatalogRelease, facts: WheelFacts, committed: datetime, commit: str) -> CatalogRelease:
    """Return the release with a version that increases with each commit, because the one in the files often stays."""
    base = Version(facts.version).base_version
    return msgspec.structs.replace(release, version=f"{base}.dev{committed:%Y%m%d%H%M%S}+g{commit[:12]}")
