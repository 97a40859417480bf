"""Find the start of a plugin's commit range: the tag of its previous release."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.index.addresses import find_index
from commonhold.index.client import IndexClient, IndexUnreachableError
from commonhold.release.plan.tag_patterns import version_in
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.plan.tag_patterns import TagPatterns

JOBS = 8
"""Number of projects to query at the same time."""


def previous_tag(
    plugin: PlannedDistribution, tags: Mapping[str, str], patterns: TagPatterns, published: Collection[str] | None
) -> str | None:
    """Return the tag of the plugin's previous release; ``None`` if that release does not exist or has no tag.

    ``published`` are the plugin's versions on the index, if known. These versions are needed because a tag of the whole
    repository does not show which plugins were held back in that release. Pre-releases are ignored unless the plugin's
    new version is a pre-release too.
    """
    found = _earlier_tags(plugin, tags, patterns)
    if published is not None:
        known = {
            version
            for version in map(parse_version, published)
            if version is not None and version < Version(plugin.version)
        }
        tagged = {version: tag for version, tag in found.items() if version in known}
        # If no published version has a tag, the newest tag is the best guess. If no version is published, this is the
        # first release.
        found = tagged or (found if known else {})
    return found[max(found)] if found else None


def _earlier_tags(plugin: PlannedDistribution, tags: Mapping[str, str], patterns: TagPatterns) -> dict[Version, str]:
    """Return the tags of earlier releases, by version."""
    planned = Version(plugin.version)
    found: dict[Version, str] = {}
    for pattern in (*patterns.of_plugin(plugin.name, plugin.path), *patterns.of_repository):
        for tag in tags:
            version = version_in(tag, pattern)
            if version is None or version >= planned or (version.is_prerelease and not planned.is_prerelease):
                continue
            found.setdefault(version, tag)
    return found


def published_versions(plan: ReleasePlan, state: ReleaseState) -> tuple[Mapping[str, frozenset[str]], str | None]:
    """Return the versions of each plugin on the release's index, and the error of the first failed query.

    Before the first upload, the plan's index is used. A plugin whose query failed has no entry.
    """
    address = state.address or find_index(plan.index, plan.simple)
    with ThreadPoolExecutor(JOBS) as pool:
        results = pool.map(lambda plugin: _versions(IndexClient(address), plugin.name), plan.plugins)
        found = dict(zip((plugin.name for plugin in plan.plugins), results, strict=True))
    errors = [result.message for result in found.values() if isinstance(result, IndexUnreachableError)]
    known = {name: result for name, result in found.items() if isinstance(result, frozenset)}
    return known, errors[0] if errors else None


def _versions(client: IndexClient, name: str) -> frozenset[str] | IndexUnreachableError:
    try:
        files = client.files(name)
    except IndexUnreachableError as error:
        return error
    return frozenset(file.version for file in files or () if file.version is not None)
