"""Refresh the copies of plugin indexes; a document that cannot be read or is rejected leaves the old copy in place."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonhold_plugins.copies import IndexCopy
from commonhold_plugins.decoding import LARGEST
from commonhold_plugins.documents import ROOT, STATUS, decode_root, decode_status, decode_tier, tier_path
from commonhold_plugins.errors import ClientError, MissingError, RejectedError, UnavailableError
from commonhold_plugins.files import locked
from commonhold_plugins.growth import check_root_growth, check_status_growth, check_tier_growth
from commonhold_plugins.search_cache import write_search_cache
from commonhold_plugins.sources import stored_sources
from commonhold_plugins.text import listed, quoted
from commonhold_plugins.urls import shown_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from commonhold_plugins.config import AddedIndex, HostConfig
    from commonhold_plugins.copies import CopyStore
    from commonhold_plugins.fetch import Fetcher
    from commonhold_plugins.model import DocumentHash, RootDocument, TierDocument
    from commonhold_plugins.signatures import SignerIdentity


@dataclass(frozen=True)
class Refreshed:
    """The result for one plugin index: whether its copy changed, or the error because of which the old copy stays."""

    name: str
    url: str
    changed: bool = False
    error: ClientError | None = None
    checked: float | None = None


def refresh_all(
    store: CopyStore,
    config: HostConfig,
    series: Callable[[str], str],
    fetcher: Fetcher,
    report: Callable[[str], None] = lambda _: None,
    signer: SignerIdentity | None = None,
) -> tuple[str, list[Refreshed]]:
    """Refresh every plugin index of a host, then write the search cache. Returns the series and the results.

    ``series`` returns the series for the rule in ``index.json``. ``signer`` must have signed the community's own index.
    The first result is that of this index. Raises ``UnavailableError`` if it has never been read.
    """
    with locked(store.lock):
        return _Refresh(store, config, fetcher, report, signer).run(series)


class _Refresh:
    def __init__(
        self,
        store: CopyStore,
        config: HostConfig,
        fetcher: Fetcher,
        report: Callable[[str], None],
        signer: SignerIdentity | None,
    ) -> None:
        self._store, self._config, self._fetcher, self._report = store, config, fetcher, report
        self._signer = signer
        self._official: frozenset[str] = frozenset()

    def run(self, series_for: Callable[[str], str]) -> tuple[str, list[Refreshed]]:
        series = series_for(self._store.read_rule())
        first = Refreshed(self._config.core, self._config.root)
        try:
            series, changed = self._refresh(first.url, series, series_for, foreign=False)
            first = replace(first, changed=changed)
        except ClientError as error:
            if self._store.read(first.url, series) is None:
                raise
            first = replace(first, error=error)
        sources = stored_sources(self._store, self._config, series)
        self._official = frozenset(name for each in sources if each.official for name in each.tier.raw)
        results = [first, *(self._refresh_foreign(each, series) for each in self._config.indexes)]
        write_search_cache(self._store, stored_sources(self._store, self._config, series), series)
        self._store.prune()
        return series, [self._with_time(each, series) for each in results]

    def _with_time(self, result: Refreshed, series: str) -> Refreshed:
        copy = self._store.read(result.url, series)
        return replace(result, checked=copy.checked if copy else None)

    def _refresh_foreign(self, index: AddedIndex, series: str) -> Refreshed:
        result = Refreshed(index.name, index.url)
        try:
            _, changed = self._refresh(index.url, series, lambda _: series, foreign=True)
        except ClientError as error:
            return replace(result, error=error)
        return replace(result, changed=changed)

    def _refresh(self, url: str, series: str, series_for: Callable[[str], str], *, foreign: bool) -> tuple[str, bool]:
        """Refresh one plugin index; return the series of the core, and whether a document changed."""
        self._report(f"Reading {shown_url(url)}")
        old = self._store.read(url, series)
        if old is not None and any(self._store.load(sha256) is None for sha256 in old.documents.values()):
            old = None
        fetched = self._fetcher.fetch_root(url + ROOT, etag=old.etag if old else None)
        now = time.time()
        if self._signer is not None and not foreign:
            known = self._store.load(old.documents[ROOT]) if old is not None else None
            self._check_signature(url, fetched.data or known or b"", self._signer)
        if old is not None and fetched.data is None:
            self._store.save(replace(old, checked=now))
            return series, False
        if fetched.data is None:
            raise UnavailableError(f"{shown_url(url + ROOT)} is not sent, although there is no copy of it")
        root = decode_root(fetched.data, ROOT, local=url.startswith("file:"))
        if root.core != self._config.core:
            message = f"{shown_url(url)} is a plugin index for {root.core}, not for {self._config.core}"
            raise RejectedError(message)
        if not foreign:
            series = series_for(root.series_rule)
            old = self._store.read(url, series)
            _require_series(root, series)
        documents = _Documents(self._store, self._fetcher, url, series, old, self._official if foreign else frozenset())
        found = documents.read(root)
        copy = IndexCopy(url, series, now, fetched.etag, {ROOT: self._store.add(fetched.data), **found})
        self._store.save(copy)
        if not foreign:
            self._store.write_rule(root.series_rule)
        return series, old is None or old.documents != copy.documents

    def _check_signature(self, url: str, root: bytes, signer: SignerIdentity) -> None:
        from commonhold_plugins.signatures import BUNDLE, verify_document

        try:
            bundle = self._fetcher.fetch(url + BUNDLE, largest=LARGEST).data or b""
        except MissingError as error:
            raise RejectedError(f"the plugin index {shown_url(url)} is not signed: it has no {BUNDLE}") from error
        verify_document(root, bundle, signer)
        self._report(f"{shown_url(url)} is signed by {signer.repository}")


def _require_series(root: RootDocument, series: str) -> None:
    names = [each.name for each in root.series]
    if series not in names:
        known = f"it has {', '.join(names[:10])}" if names else "it has none yet"
        message = f"the plugin index {quoted(root.community)} has no series {series} of {root.core}: {known}"
        raise UnavailableError(
            message, hint="Select another one with --series, or install another version of the core."
        )


class _Documents:
    """Reads the documents that ``index.json`` lists for a series, and compares them with the old copy."""

    def __init__(
        self,
        store: CopyStore,
        fetcher: Fetcher,
        url: str,
        series: str,
        old: IndexCopy | None,
        official: frozenset[str],
    ) -> None:
        self._store, self._fetcher, self._url, self._series = store, fetcher, url, series
        self._old = old
        self._official = official

    def read(self, root: RootDocument) -> dict[str, str]:
        """Return the SHA-256 of each document by its path. Raises ``ClientError``."""
        before = self._old_bytes(ROOT)
        old_root = decode_root(before, ROOT, local=self._url.startswith("file:")) if before else None
        if old_root is not None:
            check_root_growth(old_root, root, ROOT)
        state = next((each.state for each in (old_root or root).series if each.name == self._series), "")
        found = {}
        for tier in root.tiers:
            path = tier_path(self._series, tier.name)
            if path in root.documents:
                found[path] = self._tier(path, tier.name, root, state)
        if STATUS in root.documents:
            found[STATUS] = self._status(root.documents[STATUS])
        lost = sorted(set(self._old.documents) - set(found) - {ROOT}) if self._old else []
        if lost:
            raise RejectedError(f"{ROOT} no longer lists {listed(lost)}")
        return found

    def _tier(self, path: str, tier: str, root: RootDocument, state: str) -> str:
        data, is_new = self._bytes(path, root.documents[path])
        if is_new or self._official:
            document = decode_tier(data, path, self._url)
            _check_identity(document, path, root.core, self._series, tier)
            claimed = sorted(plugin.name for plugin in document.plugins if plugin.name in self._official)
            if claimed:
                raise RejectedError(f"{path} contains names of official plugins: {listed(claimed)}")
            before = self._old_bytes(path)
            if before is not None and is_new:
                check_tier_growth(decode_tier(before, path, self._url), document, state, path)
        return self._store.add(data)

    def _status(self, expected: DocumentHash) -> str:
        data, is_new = self._bytes(STATUS, expected)
        if is_new:
            status = decode_status(data, STATUS)
            before = self._old_bytes(STATUS)
            if before is not None:
                check_status_growth(decode_status(before, STATUS), status, STATUS)
        return self._store.add(data)

    def _old_bytes(self, path: str) -> bytes | None:
        sha256 = self._old.documents.get(path) if self._old else None
        return self._store.load(sha256) if sha256 else None

    def _bytes(self, path: str, expected: DocumentHash) -> tuple[bytes, bool]:
        """Return a document, and whether it differs from the old copy."""
        if self._old and self._old.documents.get(path) == expected.sha256:
            data = self._store.load(expected.sha256)
            if data is not None:
                return data, False
        data = self._fetcher.fetch(self._url + path, largest=min(expected.size + 1, LARGEST)).data or b""
        if hashlib.sha256(data).hexdigest() != expected.sha256 or len(data) != expected.size:
            message = f"{shown_url(self._url + path)} is not the document that index.json lists: its hash differs"
            raise RejectedError(message, hint="If the server is being updated, try again in some minutes.")
        return data, True


def _check_identity(document: TierDocument, path: str, core: str, series: str, tier: str) -> None:
    if (document.core, document.series, document.tier) != (core, series, tier):
        is_ = f"{document.core} {document.series} {document.tier}"
        raise RejectedError(f"{path} is the document of {is_}")
