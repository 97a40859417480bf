"""Keep the last good copy of each plugin index and series: one record, and documents named by their hashes.

A record is written after its documents and in one step, so that an interrupted command leaves the old copy.
"""

from __future__ import annotations

import contextlib
import os
from binascii import crc32
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold_plugins.decoding import Fields, load_json
from commonhold_plugins.errors import RejectedError
from commonhold_plugins.files import read_bytes, write_atomic
from commonhold_plugins.paths import cache_folder
from commonhold_plugins.series import DEFAULT_RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold_plugins.host import Host

SCHEMA = 1
_RULES = (b"{major}.{minor}", b"{major}")


@dataclass(frozen=True)
class IndexCopy:
    """What the client has read of one plugin index for one series: the SHA-256 of each document by its path.

    ``checked`` is the time, in seconds since 1970, at which the server last confirmed the copy.
    """

    url: str
    series: str
    checked: float
    etag: str | None
    documents: Mapping[str, str]


class CopyStore:
    """The copies of one host, in a folder of the cache."""

    def __init__(self, host: Host) -> None:
        self.folder = os.path.join(cache_folder(), host.key)
        self.lock = os.path.join(self.folder, "lock")

    def read(self, url: str, series: str) -> IndexCopy | None:
        """Return the copy of a plugin index, or ``None`` if there is none that can be read."""
        path = self._record(url, series)
        data = read_bytes(path)
        if data is None:
            return None
        try:
            fields = Fields(load_json(data, path), path)
            documents = {name: each.line("sha256") for name, each in fields.mapping("documents", bool, "a path")}
            copy = IndexCopy(
                fields.line("url"),
                fields.line("series"),
                float(fields.number("checked")),
                fields.optional_line("etag"),
                documents,
            )
        except RejectedError:
            return None  # as if there were no copy: the next update reads everything again
        return copy if (copy.url, copy.series) == (url, series) else None

    def load(self, sha256: str) -> bytes | None:
        """Return a document, or ``None`` if it is missing or damaged."""
        data = read_bytes(self._document(sha256))
        import hashlib  # late, because a search reads no document

        return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None

    def add(self, data: bytes) -> str:
        """Store a document, and return its SHA-256."""
        import hashlib

        sha256 = hashlib.sha256(data).hexdigest()
        if self.load(sha256) is None:
            write_atomic(self._document(sha256), data)
        return sha256

    def save(self, copy: IndexCopy) -> None:
        """Replace the copy of a plugin index; its documents are stored already."""
        import json

        record = {
            "schema": SCHEMA,
            "url": copy.url,
            "series": copy.series,
            "checked": int(copy.checked),
            "etag": copy.etag,
            "documents": {path: {"sha256": sha256} for path, sha256 in copy.documents.items()},
        }
        write_atomic(self._record(copy.url, copy.series), json.dumps(record, indent=1).encode())

    def read_rule(self) -> str:
        """Return the rule that makes a series from a version of the core, as the plugin index last stated it."""
        data = read_bytes(os.path.join(self.folder, "series-rule"))
        return data.decode("ascii", "replace") if data in _RULES else DEFAULT_RULE

    def write_rule(self, rule: str) -> None:
        """Store the rule that makes a series from a version of the core."""
        if rule != self.read_rule():
            write_atomic(os.path.join(self.folder, "series-rule"), rule.encode())

    def drop(self, url: str) -> None:
        """Forget a plugin index."""
        for name in self._records():
            if name.startswith(f"{_key(url)}@"):
                os.unlink(os.path.join(self.folder, "copies", name))

    def prune(self) -> None:
        """Delete the documents that no record names, and what an interrupted command left."""
        kept: set[str] = set()
        for name in self._records():
            if name.endswith(".tmp"):
                os.unlink(os.path.join(self.folder, "copies", name))
                continue
            data = read_bytes(os.path.join(self.folder, "copies", name)) or b"{}"
            with contextlib.suppress(RejectedError):
                fields = Fields(load_json(data, name), name)
                kept |= {each.line("sha256") for _, each in fields.mapping("documents", bool, "a path")}
        folder = os.path.join(self.folder, "documents")
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(folder):
                if name.removesuffix(".json") not in kept:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(os.path.join(folder, name))

    def _records(self) -> list[str]:
        try:
            return os.listdir(os.path.join(self.folder, "copies"))
        except FileNotFoundError:
            return []

    def _record(self, url: str, series: str) -> str:
        return os.path.join(self.folder, "copies", f"{_key(url)}@{series}.json")

    def _document(self, sha256: str) -> str:
        return os.path.join(self.folder, "documents", f"{sha256}.json")


def _key(url: str) -> str:
    return f"{crc32(url.encode('utf-8', 'backslashreplace')):08x}"
