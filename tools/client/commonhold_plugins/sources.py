"""Read the stored documents of a plugin index, without decoding plugins that nobody asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonhold_plugins.catalog import Catalog, Source
from commonhold_plugins.decoding import Fields
from commonhold_plugins.documents import ROOT, STATUS, PluginReader, decode_plugin_status, decode_root, tier_path
from commonhold_plugins.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from commonhold_plugins.config import HostConfig
    from commonhold_plugins.copies import CopyStore, IndexCopy
    from commonhold_plugins.model import Plugin, PluginStatus, RootDocument


class LazyValues(Mapping[str, Any]):
    """Values of stored documents, each decoded when it is read; the documents were checked when they were stored."""

    def __init__(self, raw: Mapping[str, Any], decode: Callable[[Fields], Any]) -> None:
        self.raw = raw
        self._decode = decode

    def __getitem__(self, key: str) -> Any:
        return self._decode(Fields(self.raw[key], key))

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __contains__(self, key: object) -> bool:
        return key in self.raw


@dataclass(frozen=True)
class StoredTier:
    """A tier of a stored plugin index."""

    name: str
    plugins: Mapping[str, Plugin]
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class StoredIndex:
    """A stored plugin index for one series."""

    root: RootDocument
    tiers: tuple[StoredTier, ...]
    statuses: Mapping[str, PluginStatus]
    raw_statuses: Mapping[str, Any]
    checked: float


def load_index(store: CopyStore, copy: IndexCopy) -> StoredIndex | None:
    """Return a stored plugin index, or ``None`` if a document is missing or damaged."""
    documents = {path: store.load(sha256) for path, sha256 in copy.documents.items()}
    data = documents.get(ROOT)
    if data is None or None in documents.values():
        return None
    root = decode_root(data, ROOT, local=copy.url.startswith("file:"))
    reader = PluginReader(copy.url)
    tiers = []
    for tier in root.tiers:
        found = documents.get(tier_path(copy.series, tier.name))
        if found is not None:
            raw = {plugin["name"]: plugin for plugin in json.loads(found).get("plugins") or ()}
            tiers.append(StoredTier(tier.name, LazyValues(raw, reader.plugin), raw))
    statuses = json.loads(documents.get(STATUS) or b"{}").get("plugins") or {}
    return StoredIndex(root, tuple(tiers), LazyValues(statuses, decode_plugin_status), statuses, copy.checked)


@dataclass(frozen=True)
class StoredSource:
    """A source as it is stored, with what the catalog needs to know about it."""

    name: str
    base: str
    index: StoredIndex
    tier: StoredTier
    official: bool
    foreign: bool
    enabled: bool


def stored_sources(store: CopyStore, config: HostConfig, series: str) -> list[StoredSource]:
    """Return the tiers of the community's plugin index, then those of others. Raises ``UnavailableError``.

    A plugin index of somebody else without a copy is left out: ``update`` and ``index list`` report it.
    """
    copy = store.read(config.root, series)
    index = load_index(store, copy) if copy else None
    if index is None:
        message = f"there is no copy of the plugin index of {config.core} for series {series}"
        raise UnavailableError(message, hint="Read it with: {command} update")
    default = index.root.default_tier.name
    found = [
        StoredSource(
            name=tier.name,
            base=config.root,
            index=index,
            tier=tier,
            official=tier.name == default,
            foreign=False,
            enabled=tier.name == default or tier.name in config.tiers,
        )
        for tier in index.tiers
    ]
    for added in config.indexes:
        copy = store.read(added.url, series)
        other = load_index(store, copy) if copy else None
        if other is not None:
            found += [
                StoredSource(added.name, added.url, other, tier, official=False, foreign=True, enabled=True)
                for tier in other.tiers
            ]
    return found


def open_catalog(store: CopyStore, config: HostConfig, series: str) -> Catalog:
    """Return the catalog of one series from the stored copies. Raises ``UnavailableError`` if there are none."""
    sources = [
        Source(
            name=stored.name,
            base=stored.base,
            plugins=stored.tier.plugins,
            shorts={plugin["short"]: name for name, plugin in stored.tier.raw.items()},
            statuses=stored.index.statuses,
            official=stored.official,
            foreign=stored.foreign,
            enabled=stored.enabled,
            checked=stored.index.checked,
        )
        for stored in stored_sources(store, config, series)
    ]
    return Catalog(config.core, series, tuple(sources))
