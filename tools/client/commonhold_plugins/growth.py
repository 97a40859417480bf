"""Reject a new version of a document that loses or changes something which an older version contained.

The documents of an open series only grow, and those of a closed series never change. Only the nightly series may be
reset, and even its documents must not lose many plugins at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.errors import RejectedError
from commonhold_plugins.forms import time_of
from commonhold_plugins.model import CLOSED, NIGHTLY
from commonhold_plugins.text import count, listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from commonhold_plugins.model import Plugin, RootDocument, StatusDocument, TierDocument

MOST_LOST_PERCENT = 20
"""The share of plugins that a document may lose where losing plugins is allowed at all."""

_FIXED = ("core", "requires_python", "requires", "commit", "git")
_FEW = 3  # so many plugins may always be lost where losing plugins is allowed


def check_root_growth(old: RootDocument, new: RootDocument, name: str) -> None:
    """Compare two versions of ``index.json``. Raises ``RejectedError``."""
    _check_times(old.generated, new.generated, name)
    states = {series.name: series.state for series in new.series}
    for series in old.series:
        if series.name not in states and series.state != NIGHTLY:
            raise RejectedError(f"{name} no longer lists series {series.name}")
        if series.state == CLOSED and states.get(series.name) != CLOSED:
            raise RejectedError(f"{name} opens series {series.name} again, which was closed")


def check_tier_growth(old: TierDocument, new: TierDocument, state: str, name: str) -> None:
    """Compare two versions of a tier's document; ``state`` is what its series was before. Raises ``RejectedError``."""
    if state == NIGHTLY:
        _check_share({each.name for each in old.plugins}, {each.name for each in new.plugins}, name)
        return
    if state == CLOSED and old.plugins != new.plugins:
        raise RejectedError(f"{name} has changed, although series {old.series} is closed")
    plugins = {plugin.name: plugin for plugin in new.plugins}
    lost = [plugin.name for plugin in old.plugins if plugin.name not in plugins]
    if lost:
        raise RejectedError(f"{name} no longer lists {count(len(lost), 'plugin')}: {listed(lost)}")
    for plugin in old.plugins:
        _check_releases(plugin, plugins[plugin.name], name)


def _check_releases(old: Plugin, new: Plugin, name: str) -> None:
    if old.short != new.short:
        raise RejectedError(f"{name} changes the short name of {old.name} from {old.short} to {new.short}")
    releases = {release.version: release for release in new.releases}
    lost = [release.version for release in old.releases if release.version not in releases]
    if lost:
        raise RejectedError(f"{name} no longer lists {count(len(lost), 'release')} of {old.name}: {listed(lost)}")
    for release in old.releases:
        now = releases[release.version]
        changed = [field for field in _FIXED if getattr(release, field) != getattr(now, field)]
        if changed:
            raise RejectedError(f"{name} changes {old.name} {release.version}: {listed(changed)}")
        hashes = {file.name: file.sha256 for file in now.files}
        for file in release.files:
            if hashes.get(file.name) != file.sha256:
                problem = "has another hash" if file.name in hashes else "is gone"
                raise RejectedError(f"{name} changes {old.name} {release.version}: the file {file.name} {problem}")


def check_status_growth(old: StatusDocument, new: StatusDocument, name: str) -> None:
    """Compare two versions of ``status.json``. Raises ``RejectedError``."""
    _check_times(old.generated, new.generated, name)
    _check_share(old.plugins.keys(), new.plugins.keys(), name)


def _check_share(old: Collection[str], new: Collection[str], name: str) -> None:
    lost = set(old) - set(new)
    if len(lost) > _FEW and len(lost) * 100 > MOST_LOST_PERCENT * len(old):
        share = f"{len(lost)} of {len(old)} plugins, and may lose {MOST_LOST_PERCENT} % at once"
        raise RejectedError(f"{name} lost {share}: {listed(lost)}")


def _check_times(old: str, new: str, name: str) -> None:
    before, after = time_of(old), time_of(new)
    if before and after and after < before:
        message = f"{name} is of {new}, which is older than the copy of {old}"
        raise RejectedError(message, hint="The server, or a cache on the way, serves an old version. Try again later.")
