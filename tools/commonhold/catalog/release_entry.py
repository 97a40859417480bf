"""Make the entries of releases and plugins from the facts that their files state."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

from commonhold.catalog.documents import CatalogMaintainer, CatalogPlugin, CatalogReadme, CatalogRelease, CoreRange
from commonhold.errors import CommonholdError
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonhold.catalog.documents import CatalogFile
    from commonhold.catalog.wheel_facts import PublishedReadme, WheelFacts


class EntryError(CommonholdError):
    """A plugin cannot be listed, because a value has a form that no document may contain."""


@dataclass(frozen=True, slots=True)
class ReleaseOrigin:
    """The facts of a release that its files do not state: its time, its commit and the URL of its notes."""

    released: str
    commit: str | None = None
    notes_url: str | None = None


def format_time(seconds: float) -> str:
    """Return a time as documents write it, in UTC.

    >>> format_time(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def readme_entry(readme: PublishedReadme) -> tuple[CatalogReadme, bytes]:
    """Return the entry of a readme, and the content of its file."""
    data = readme.text.encode()
    digest = hashlib.sha256(data).hexdigest()
    path = f"index/v1/readmes/{digest}{readme.suffix}"
    return CatalogReadme(path=path, sha256=digest, size=len(data), type=readme.content_type), data


def named_assets(assets: Mapping[str, bytes], releases: Iterable[CatalogRelease]) -> dict[str, bytes]:
    """Return the readmes that releases name, because a plugin index contains no other files."""
    named = {release.readme.path for release in releases if release.readme is not None}
    return {path: data for path, data in assets.items() if path in named}


def release_entry(
    facts: WheelFacts,
    core: str,
    files: Sequence[CatalogFile],
    origin: ReleaseOrigin,
    readme: CatalogReadme | None = None,
    git: str | None = None,
) -> CatalogRelease:
    """Return the entry of a release; ``core`` is the core's distribution, and ``git`` the URL of a commit."""
    admitted = facts.range_of(core)
    return CatalogRelease(
        version=facts.version,
        core=None if admitted is None else CoreRange(distribution=core, range=admitted),
        requires_python=facts.requires_python,
        requires=list(facts.requires),
        import_names=list(facts.import_names),
        import_namespaces=list(facts.import_namespaces),
        released=origin.released,
        commit=origin.commit,
        notes_url=origin.notes_url,
        readme=readme,
        files=list(files),
        git=git,
    )


def plugin_entry(facts: WheelFacts, short: str, releases: Iterable[CatalogRelease]) -> CatalogPlugin:
    """Return the entry of a plugin, described by the facts of its newest release."""
    return CatalogPlugin(
        name=facts.name,
        short=short,
        summary=facts.summary,
        keywords=list(facts.keywords),
        maintainers=[CatalogMaintainer(name=name) for name in facts.people],
        homepage=facts.links.homepage,
        documentation=facts.links.documentation,
        source=facts.links.source,
        issues=facts.links.issues,
        page=f"plugins/{facts.name}/",
        licence=facts.licence,
        quick_start=facts.quick_start,
        provides=list(facts.provides),
        releases=sorted(releases, key=lambda release: Version(release.version), reverse=True),
    )


def checked_plugin(plugin: CatalogPlugin) -> CatalogPlugin:
    """Return an entry in which every value has the form that documents require. Raises ``EntryError``."""
    try:
        return msgspec.convert(msgspec.to_builtins(plugin), CatalogPlugin)
    except (msgspec.ValidationError, ValueError) as error:
        raise EntryError(f"{printable(plugin.name)} cannot be listed: {printable(str(error))}") from error


def checked_release(release: CatalogRelease) -> CatalogRelease:
    """Return an entry in which every value has the form that documents require. Raises ``ValueError``."""
    try:
        return msgspec.convert(msgspec.to_builtins(release), CatalogRelease)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
