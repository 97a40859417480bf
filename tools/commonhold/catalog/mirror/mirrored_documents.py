"""Read the documents of a plugin index as they are published, and compare each with its hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.catalog.catalog_folder import ROOT, SIGNATURE, STATUS, Catalog, asset_paths
from commonhold.catalog.documents import (
    LARGEST_DOCUMENT,
    DocumentError,
    RootDocument,
    StatusDocument,
    TierDocument,
    decode_document,
)
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.catalog.mirror.origin import Origin


@dataclass(frozen=True)
class PublishedCatalog:
    """A plugin index, and the published bytes of its documents, readmes and logos by path."""

    catalog: Catalog
    contents: Mapping[str, bytes]


def read_published_catalog(origin: Origin, *, local: bool = False) -> PublishedCatalog:
    """Read every document. The bytes stay as they are, because the root document lists hashes and may be signed.

    Raises ``ToolError`` if a document cannot be read, and ``DocumentError`` if one is invalid.
    """
    data = _read(origin, ROOT)
    root = decode_document(data, RootDocument, ROOT)
    contents = {ROOT: data}
    tiers = {}
    status = None
    for path, digest in root.documents.items():
        contents[path] = data = _read(origin, path)
        if len(data) != digest.size or hashlib.sha256(data).hexdigest() != digest.sha256:
            raise DocumentError(
                f"{path} does not have the SHA-256 that {ROOT} lists",
                hint="The plugin index may just have been updated: try again in a few minutes.",
            )
        if path == STATUS:
            status = decode_document(data, StatusDocument, path)
        else:
            series, tier = path.removeprefix("index/v1/").removesuffix(".json").split("/")
            tiers[series, tier] = decode_document(data, TierDocument, path, local=local)
    if status is None:
        raise DocumentError(f"{ROOT} does not list {STATUS}")
    for path in sorted({path for document in tiers.values() for path in asset_paths(document)}):
        contents[path] = data = _read(origin, path)
        if hashlib.sha256(data).hexdigest() != path.rpartition("/")[2].partition(".")[0]:
            raise DocumentError(f"{path} does not have the SHA-256 in its name")
    bundle = origin.read(SIGNATURE, LARGEST_DOCUMENT)
    if bundle is not None:
        contents[SIGNATURE] = bundle
    return PublishedCatalog(Catalog(root, status, tiers), contents)


def _read(origin: Origin, path: str) -> bytes:
    data = origin.read(path, LARGEST_DOCUMENT)
    if data is None:
        raise ToolError(f"{origin.name} has no {path}", hint="Check that this is the base URL of a plugin index.")
    return data
