"""Choose the newest release of a plugin that fits a core and a Python, and say what is missing if none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.errors import RefusedError
from commonhold_plugins.text import count, printable

if TYPE_CHECKING:
    from commonhold_plugins.catalog import CatalogEntry
    from commonhold_plugins.model import Release


def choose_release(
    entry: CatalogEntry, core_version: str, python_version: str, *, pre: bool = False, version: str | None = None
) -> Release:
    """Return the newest release that fits, or exactly ``version``. Raises ``RefusedError``, which says what it needs.

    A yanked release never fits, and neither does one that the package index no longer lists. A pre-release fits with
    ``pre``, with a core that is a pre-release itself, or if ``version`` names it.
    """
    from packaging.version import Version

    if entry.status.state == "quarantined":
        reason = f": {printable(entry.status.reason)}" if entry.status.reason else ""
        raise RefusedError(f"{entry.reference} is quarantined, so it is not installed{reason}")
    if version is not None:
        release = _exact(entry, version)
        problems = release_problems(entry, release, core_version, python_version)
        if problems:
            raise RefusedError(f"{entry.reference} {release.version} does not fit: {'; '.join(problems)}")
        return release
    pre = pre or Version(core_version).is_prerelease
    skipped: list[str] = []
    for release in sorted(entry.plugin.releases, key=lambda each: Version(each.version), reverse=True):
        problems = release_problems(entry, release, core_version, python_version)
        if not pre and Version(release.version).is_prerelease:
            problems.append("it is a pre-release (add --pre to allow it)")
        if not problems:
            return release
        skipped.append(f"{release.version}: {'; '.join(problems)}")
    raise RefusedError(_refusal(entry, skipped, core_version, python_version))


def _exact(entry: CatalogEntry, version: str) -> Release:
    from packaging.version import Version

    wanted = Version(version)
    for release in entry.plugin.releases:
        if Version(release.version) == wanted:
            return release
    versions = [release.version for release in entry.plugin.releases[:5]]
    known = f"the newest versions are {', '.join(versions)}" if versions else "it has no releases"
    raise RefusedError(
        f"{entry.reference} has no version {wanted} for series {entry.series} of the core; {known}",
        hint=f"List all versions with: {{command}} show {entry.reference} --versions",
    )


def release_problems(entry: CatalogEntry, release: Release, core_version: str, python_version: str) -> list[str]:
    """Return why a release does not fit a core and a Python; the list is empty if it fits."""
    from packaging.specifiers import SpecifierSet

    status = entry.status.of_release(release.version)
    problems = []
    if status.yanked is not None:
        problems.append(f"it is yanked{_because(status.yanked)}")
    if status.unlisted is not None:
        problems.append(f"the package index no longer lists it{_because(status.unlisted)}")
    core = release.core
    if core and not SpecifierSet(core.range).contains(core_version, prereleases=True):
        problems.append(f"it needs {core.distribution}{core.range}, but {core_version} is installed")
    python = release.requires_python
    if python and not SpecifierSet(python).contains(python_version, prereleases=True):
        problems.append(f"it needs Python {python}, but this is Python {python_version}")
    return problems


def _because(reason: str) -> str:
    return f" ({printable(' '.join(reason.split()))})" if reason.strip() else ""


def _refusal(entry: CatalogEntry, skipped: list[str], core_version: str, python_version: str) -> str:
    core = f"{entry.core} {core_version}" if entry.core else f"core {core_version}"
    message = f"no release of {entry.reference} fits {core} and Python {python_version}"
    if not skipped:
        return f"{message}: series {entry.series} has no releases of it"
    more = len(skipped) - 3
    lines = [*skipped[:3], *([f"{count(more, 'older release')} do not fit either"] if more > 0 else [])]
    return "\n  ".join((f"{message}:", *lines))
