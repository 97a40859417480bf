"""Decode catalogue documents strictly, and encode them so that equal content gives equal bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from commonhold.catalog.documents.text_checks import UNSAFE
from commonhold.catalog.documents.tier_document import TierDocument
from commonhold.errors import CommonholdError
from commonhold.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.catalog.documents.root_document import RootDocument
    from commonhold.catalog.documents.status_document import StatusDocument

    AnyDocument = TypeVar("AnyDocument", RootDocument, TierDocument, StatusDocument)

SCHEMA = 1
LARGEST_DOCUMENT = 2**26
"""The maximum size of a document in bytes: 64 MiB."""

DEEPEST = 20
"""The maximum depth of the objects and arrays in a document."""


class DocumentError(CommonholdError):
    """A document of a plugin index is invalid: correct the place that the message names."""


def decode_document(data: bytes, form: type[AnyDocument], name: str, *, local: bool = False) -> AnyDocument:
    """Decode the document ``name`` of a plugin index. Raises ``DocumentError``.

    Unknown keys are ignored. URLs of local files are accepted only with ``local``.
    """
    try:
        raw = _parse(data)
        _check_schema(raw, name)
        for problem in _problems(raw):
            raise ValueError(problem)
        document = msgspec.convert(raw, type=form)
        if not local and isinstance(document, TierDocument):
            _refuse_local_files(document)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        text = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DocumentError(f"{name} is not a valid document: {printable(text)[:500]}") from error
    return document


def encode_document(document: RootDocument | TierDocument | StatusDocument) -> bytes:
    """Encode a document: the keys of a type in the type's order, all other keys sorted, one value per line."""
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=1) + b"\n"


def _parse(data: bytes) -> Any:
    if len(data) > LARGEST_DOCUMENT:
        raise ValueError(f"it has more than {LARGEST_DOCUMENT:,} bytes")
    return json.loads(data.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:100]!r} appears twice in one object")
        found[key] = value
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _check_schema(raw: Any, name: str) -> None:
    if not isinstance(raw, dict):
        return
    schema = raw.get("schema")
    if schema is None:
        raise ValueError("it has no schema number")
    if isinstance(schema, int) and not isinstance(schema, bool) and schema != SCHEMA:
        raise DocumentError(
            f"{name} has the schema {schema}, but this version of commonhold reads the schema {SCHEMA}",
            hint="Upgrade it: `pip install -U commonhold`.",
        )


def _problems(raw: Any) -> Iterator[str]:
    """Yield the problems that do not depend on the kind of document: depth, and characters in any text."""
    level = [raw]
    for _ in range(DEEPEST + 1):
        following: list[Any] = []
        for value in level:
            if isinstance(value, str):
                if UNSAFE.search(value):
                    yield f"the text {value[:100]!r} contains characters that are not shown"
                if value.endswith("\n"):
                    yield f"the text {value[:100]!r} ends with a line break"
            elif isinstance(value, dict):
                following += value
                following += value.values()
            elif isinstance(value, list):
                following += value
        if not following:
            return
        level = following
    yield f"it is nested more than {DEEPEST} levels deep"


def _refuse_local_files(document: TierDocument) -> None:
    for plugin in document.plugins:
        for release in plugin.releases:
            for url in (*(file.url for file in release.files), release.git or ""):
                if url.startswith(("file:", "git+file:")):
                    raise ValueError(f"{plugin.name} {release.version} has the URL of a local file")
