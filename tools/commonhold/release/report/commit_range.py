"""Since when a plugin's notes tell: the tags that releases got, and the last one before this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.release.plan.release_ref import version_in
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from commonhold.release.model.plan import PlannedDistribution


def own_pattern(name: str, pattern: str) -> str:
    """How a plugin's own tags are called: the repository's pattern behind the plugin's name."""
    return f"{name}/{pattern}"


def last_tag(
    plugin: PlannedDistribution, tags: Mapping[str, str], patterns: Sequence[str], served: Collection[str] | None
) -> str | None:
    """The tag of the plugin's release before the planned one; ``None`` when there is none.

    ``served`` are the versions that the index has of it, the planned one too, where that is known: a tag of the whole
    house does not tell who was held back then. Pre-releases count only before another one.
    """
    found = _before(plugin, tags, patterns)
    if served is not None:
        known = {
            version
            for version in map(parse_version, served)
            if version is not None and version < Version(plugin.version)
        }
        told = {version: tag for version, tag in found.items() if version in known}
        found = told or (found if known else {})
    return found[max(found)] if found else None


def _before(plugin: PlannedDistribution, tags: Mapping[str, str], patterns: Sequence[str]) -> dict[Version, str]:
    """The tags of releases that the planned one follows, by their versions."""
    planned = Version(plugin.version)
    found: dict[Version, str] = {}
    for pattern in (*(own_pattern(plugin.name, pattern) for pattern in patterns), *patterns):
        for tag in tags:
            version = version_in(tag, pattern)
            if version is None or version >= planned or (version.is_prerelease and not planned.is_prerelease):
                continue
            found.setdefault(version, tag)
    return found
