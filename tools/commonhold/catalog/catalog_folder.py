"""Read and write the documents of a plugin index in a folder: all or nothing, and unchanged content keeps its bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from commonhold.catalog.documents import (
    LARGEST_DOCUMENT,
    DocumentDigest,
    DocumentError,
    RootDocument,
    StatusDocument,
    TierDocument,
    decode_document,
    encode_document,
)
from commonhold.effects.files import read_untrusted, sync_folder, write_atomically
from commonhold.errors import CommonholdError, ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeVar

    AnyDocument = TypeVar("AnyDocument", RootDocument, TierDocument, StatusDocument)

FOLDER = "index"
ROOT = "index/v1/index.json"
STATUS = "index/v1/status.json"
SIGNATURE = "index/v1/index.json.sigstore.json"
"""The Sigstore bundle of the root document. It is removed when a document changes, because it would be wrong then."""

READMES = "index/v1/readmes"
LOGOS = "index/v1/logos"

_NEW, _OLD = ".index-new", ".index-old"


@dataclass(frozen=True)
class Catalog:
    """The documents of a plugin index: the tiers' documents by series and tier.

    ``assets`` are new readmes and logos by path; those that are already in the folder are not read. The field
    ``documents`` of ``root`` is computed when the catalogue is written.
    """

    root: RootDocument
    status: StatusDocument
    tiers: Mapping[tuple[str, str], TierDocument] = field(default_factory=lambda: MappingProxyType({}))
    assets: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    def state_of(self, series: str) -> str | None:
        """Return the state of a series, or ``None`` if the plugin index does not have the series."""
        return next((each.state for each in self.root.series if each.name == series), None)


def tier_path(series: str, tier: str) -> str:
    """Return the path of a tier's document, relative to the base URL."""
    return f"index/v1/{series}/{tier}.json"


def has_catalog(folder: str) -> bool:
    """Return whether a folder contains a plugin index; undo an interrupted write first."""
    _restore(folder)
    return os.path.lexists(os.path.join(folder, ROOT))


def read_catalog(folder: str, *, local: bool = False) -> Catalog:
    """Read the plugin index in a folder, and compare each document with its hash.

    Raises ``UsageError`` if the folder contains no plugin index, and ``DocumentError`` if a document is invalid.
    """
    if not has_catalog(folder):
        raise UsageError(
            f"{folder} contains no plugin index",
            hint="Pass the folder with index/v1/index.json, or make one with `commonhold catalog build --to DIR`.",
        )
    root = decode_document(_read(folder, ROOT), RootDocument, ROOT)
    tiers = {}
    for path, digest in root.documents.items():
        data = _read(folder, path)
        if len(data) != digest.size or hashlib.sha256(data).hexdigest() != digest.sha256:
            raise DocumentError(f"{path} does not have the SHA-256 that {ROOT} lists")
        if path != STATUS:
            series, tier = path.removeprefix("index/v1/").removesuffix(".json").split("/")
            tiers[series, tier] = decode_document(data, TierDocument, path, local=local)
    if STATUS not in root.documents:
        raise DocumentError(f"{ROOT} does not list {STATUS}")
    status = decode_document(_read(folder, STATUS), StatusDocument, STATUS)
    return Catalog(root, status, tiers)


def _read(folder: str, path: str) -> bytes:
    try:
        return read_untrusted(os.path.join(folder, path), LARGEST_DOCUMENT)
    except FileNotFoundError as error:
        raise DocumentError(f"{path} is listed in {ROOT}, but it does not exist") from error
    except CommonholdError as error:
        raise DocumentError(error.message) from error
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror}") from error


def settle(old: Catalog | None, new: Catalog) -> Catalog:
    """Return the new catalogue, in which documents without other changes keep the time of the old ones."""
    if old is None:
        return new
    tiers = {key: _keep_time(old.tiers.get(key), document) for key, document in new.tiers.items()}
    settled = replace(new, tiers=tiers, status=_keep_time(old.status, new.status))
    root = msgspec.structs.replace(new.root, documents=_digests(encode_documents(settled)))
    return replace(settled, root=_keep_time(old.root, root))


def _keep_time(old: AnyDocument | None, new: AnyDocument) -> AnyDocument:
    return old if old is not None and msgspec.structs.replace(new, generated=old.generated) == old else new


def encode_documents(catalog: Catalog) -> dict[str, bytes]:
    """Encode every document except the root, by path. Raises ``DocumentError`` if a reader would reject one."""
    documents: dict[str, bytes] = {STATUS: encode_document(catalog.status)}
    decode_document(documents[STATUS], StatusDocument, STATUS)
    for (series, tier), document in sorted(catalog.tiers.items()):
        path = tier_path(series, tier)
        documents[path] = encode_document(document)
        decode_document(documents[path], TierDocument, path, local=True)
    return documents


def encode_catalog(catalog: Catalog) -> dict[str, bytes]:
    """Encode every document, with a root document that lists the hashes of all others."""
    documents = encode_documents(catalog)
    data = encode_document(msgspec.structs.replace(catalog.root, documents=_digests(documents)))
    decode_document(data, RootDocument, ROOT)
    return {**documents, ROOT: data}


def _digests(documents: Mapping[str, bytes]) -> dict[str, DocumentDigest]:
    return {
        path: DocumentDigest(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for path, data in sorted(documents.items())
    }


def write_catalog(folder: str, catalog: Catalog) -> None:
    """Write a plugin index; after a failure or a crash, the folder has either all old files or all new ones.

    Readmes and logos that no document names any more are deleted.
    """
    documents = encode_catalog(catalog)
    kept = {path for document in catalog.tiers.values() for path in asset_paths(document)} - catalog.assets.keys()
    replace_documents(folder, {**catalog.assets, **documents}, kept)


def replace_documents(folder: str, contents: Mapping[str, bytes], kept: Iterable[str] = ()) -> None:
    """Replace every file of a plugin index, all or nothing; ``kept`` are paths whose old files stay."""
    _recover(folder)
    target, new, old = (os.path.join(folder, name) for name in (FOLDER, _NEW, _OLD))
    try:
        for path, data in contents.items():
            write_atomically(os.path.join(new, os.path.relpath(path, FOLDER)), data)
        for path in sorted(kept):
            place = os.path.join(new, os.path.relpath(path, FOLDER))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copyfile(os.path.join(folder, path), place, follow_symlinks=False)
        if os.path.lexists(target):
            os.rename(target, old)
        os.rename(new, target)
        sync_folder(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise ToolError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        _recover(folder)


def asset_paths(document: TierDocument) -> set[str]:
    """Return the paths of the readmes and logos that a document names."""
    found = {plugin.logo for plugin in document.plugins if plugin.logo is not None}
    return found | {
        release.readme.path for plugin in document.plugins for release in plugin.releases if release.readme is not None
    }


def _restore(folder: str) -> None:
    """Put the old documents back if a write was interrupted between its two renames."""
    target, old = os.path.join(folder, FOLDER), os.path.join(folder, _OLD)
    if os.path.isdir(old) and not os.path.lexists(target):
        os.rename(old, target)


def _recover(folder: str) -> None:
    """Undo an interrupted write, and remove what it left. Only writers call this function."""
    _restore(folder)
    for leftover in (_NEW, _OLD):
        shutil.rmtree(os.path.join(folder, leftover), ignore_errors=True)
