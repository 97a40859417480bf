"""Describe the change to one plugin, from the release that was chosen or from its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.environments.record import changed_files
from commonhold_plugins.plan.files import choose_file, mirrored
from commonhold_plugins.plan.model import (
    ADOPT,
    DOWNGRADE,
    INSTALL,
    KEEP,
    REINSTALL,
    REMOVE,
    UPGRADE,
    PluginChange,
    ReleaseNotes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold_plugins.catalog import CatalogEntry
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.plan.selection import ChosenRelease
    from commonhold_plugins.state.receipts import Receipt


def change_to_release(
    chosen: ChosenRelease,
    environment: TargetEnvironment,
    receipt: Receipt | None,
    mirrors: Mapping[str, str],
    moved_from: CatalogEntry | None = None,
) -> PluginChange:
    """Return the change that installs a release; ``receipt`` is that of the installed version."""
    entry, release = chosen.entry, chosen.release
    plugin = entry.plugin
    if release.git is not None:
        url, sha256 = release.git, None
    else:
        file = choose_file(entry, release, environment)
        url, sha256 = mirrored(file.url, mirrors), file.sha256
    old = environment.versions.get(plugin.name)
    action = _action(environment, plugin.name, release.version, (url, sha256), receipt)
    moved = moved_from.status.moved_to if moved_from is not None else None
    return PluginChange(
        name=plugin.name,
        short=plugin.short,
        action=action,
        source=entry.source,
        base=entry.base,
        old=old,
        new=old if action == KEEP else release.version,
        url=url,
        sha256=sha256,
        requested=chosen.requested or (receipt is not None and receipt.requested),
        held=receipt is not None and receipt.held,
        failing=entry.status.of_release(release.version).failing,
        moved_from=moved_from.plugin.name if moved_from is not None else None,
        moved_reason=moved.reason if moved is not None else None,
        notes=tuple(_notes_between(entry, old, release.version)),
    )


def _action(
    environment: TargetEnvironment, name: str, new: str, file: tuple[str, str | None], receipt: Receipt | None
) -> str:
    from packaging.version import Version

    installed = environment.installed.get(name)
    if installed is None:
        return INSTALL
    url, sha256 = file
    if url.startswith("git+"):  # the version of a commit is known only after the build
        return KEEP if receipt is not None and receipt.url == url else REINSTALL
    old, wanted = Version(installed.version), Version(new)
    if old != wanted:
        return UPGRADE if old < wanted else DOWNGRADE
    if receipt is not None and receipt.sha256 == sha256:
        return REINSTALL if changed_files(installed) else KEEP
    # The same version from elsewhere: accept it only if the installer has recorded the same hash.
    is_same = sha256 is not None and installed.sha256 == sha256 and not changed_files(installed)
    return ADOPT if is_same else REINSTALL


def change_from_receipt(receipt: Receipt, action: str, version: str | None) -> PluginChange:
    """Return the change that keeps or removes an installed plugin; ``version`` is the installed one."""
    is_same = version == receipt.version
    return PluginChange(
        name=receipt.name,
        short=receipt.short,
        action=action,
        source=receipt.source,
        base=receipt.base,
        old=version,
        new=None if action == REMOVE else version,
        url=receipt.url if is_same else None,
        sha256=receipt.sha256 if is_same else None,
        requested=receipt.requested,
        held=receipt.held,
    )


def _notes_between(entry: CatalogEntry, old: str | None, new: str) -> Iterator[ReleaseNotes]:
    """Return the notes of the releases after ``old``, up to ``new``."""
    from packaging.version import Version

    for release in entry.plugin.releases:
        version = Version(release.version)
        is_new = version == Version(new) if old is None else Version(old) < version <= Version(new)
        if release.notes_url and is_new:
            yield ReleaseNotes(release.version, release.notes_url)
