"""Define the documents of a plugin index (schema 1), decode them strictly, and encode them reproducibly."""

from commonhold.catalog.documents.coding import (
    DEEPEST,
    LARGEST_DOCUMENT,
    SCHEMA,
    DocumentError,
    decode_document,
    encode_document,
)
from commonhold.catalog.documents.plugin_entry import (
    CatalogFile,
    CatalogMaintainer,
    CatalogPlugin,
    CatalogReadme,
    CatalogRelease,
    CoreRange,
    ProvidedObject,
    ReadmeType,
)
from commonhold.catalog.documents.root_document import (
    CatalogSeries,
    CatalogTier,
    DocumentDigest,
    KnownIndex,
    RootDocument,
    SeriesRule,
    SeriesState,
)
from commonhold.catalog.documents.status_document import (
    Compatibility,
    ListedState,
    ListedStatus,
    MovedTo,
    ReleaseMarks,
    StateChange,
    StatusDocument,
    TestedResult,
)
from commonhold.catalog.documents.tier_document import TierDocument

__all__ = [
    "DEEPEST",
    "LARGEST_DOCUMENT",
    "SCHEMA",
    "CatalogFile",
    "CatalogMaintainer",
    "CatalogPlugin",
    "CatalogReadme",
    "CatalogRelease",
    "CatalogSeries",
    "CatalogTier",
    "Compatibility",
    "CoreRange",
    "DocumentDigest",
    "DocumentError",
    "KnownIndex",
    "ListedState",
    "ListedStatus",
    "MovedTo",
    "ProvidedObject",
    "ReadmeType",
    "ReleaseMarks",
    "RootDocument",
    "SeriesRule",
    "SeriesState",
    "StateChange",
    "StatusDocument",
    "TestedResult",
    "TierDocument",
    "decode_document",
    "encode_document",
]
