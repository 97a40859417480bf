"""Describe the differences between two versions of a plugin index, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from commonhold.catalog.catalog_folder import Catalog, tier_path
from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.catalog.documents import ListedStatus, TierDocument


def describe_changes(old: Catalog | None, new: Catalog) -> Iterator[str]:
    """Yield a line for each series, plugin, release and status that differs; ``None`` is a plugin index before it."""
    if old is None:
        old = Catalog(msgspec.structs.replace(new.root, series=[]), msgspec.structs.replace(new.status, plugins={}))
    for series in new.root.series:
        before = old.state_of(series.name)
        if before is None:
            yield f"+ series {series.name} ({series.state})"
        elif before != series.state:
            yield f"~ series {series.name}: {before} -> {series.state}"
    for key in sorted({*old.tiers, *new.tiers}):
        yield from _document_changes(tier_path(*key), old.tiers.get(key), new.tiers.get(key))
    for name in sorted({*old.status.plugins, *new.status.plugins}):
        yield from _status_changes(name, old.status.plugins.get(name), new.status.plugins.get(name))


def _document_changes(path: str, old: TierDocument | None, new: TierDocument | None) -> Iterator[str]:
    if old is None and new is not None and new.plugins:
        # A first document has hundreds of releases.
        total = sum(len(plugin.releases) for plugin in new.plugins)
        yield f"+ {path}: {count(len(new.plugins), 'plugin')}, {count(total, 'release')}"
        return
    if old is None or new is None:
        yield f"{'+' if old is None else '-'} {path}"
    before = {plugin.name: plugin for plugin in old.plugins} if old else {}
    after = {plugin.name: plugin for plugin in new.plugins} if new else {}
    for name in sorted({*before, *after}):
        releases = [
            {release.version: release for release in each[name].releases} if name in each else {}
            for each in (before, after)
        ]
        for version in sorted({*releases[0], *releases[1]}):
            was, now = releases[0].get(version), releases[1].get(version)
            if was != now:
                yield f"{'+' if was is None else '-' if now is None else '~'} {path}: {name} {version}"
        if name in before and name in after and before[name].releases == after[name].releases:
            changed = [
                field
                for field in before[name].__struct_fields__
                if field != "releases" and getattr(before[name], field) != getattr(after[name], field)
            ]
            if changed:
                yield f"~ {path}: {name}: {', '.join(changed)}"


def _status_changes(name: str, old: ListedStatus | None, new: ListedStatus | None) -> Iterator[str]:
    if old == new:
        return
    if new is None or old is None:
        yield f"{'+' if old is None else '-'} status of {name}"
        return
    fields = [field for field in new.__struct_fields__ if getattr(old, field) != getattr(new, field)]
    states = f" ({old.state} -> {new.state})" if old.state != new.state else ""
    yield f"~ status of {name}: {', '.join(fields)}{states}"
