"""Define ``index/v1/index.json``, the root document: series, tiers, other indexes, and a hash for each document."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from commonhold.catalog.documents.plugin_entry import NonEmpty
from commonhold.catalog.documents.text_checks import (
    Block,
    Digest,
    DistributionName,
    DocumentPath,
    Line,
    SeriesName,
    ShortName,
    Size,
    Time,
    Url,
    check_time,
    check_unique,
    check_url,
)

SeriesState: TypeAlias = Literal["open", "closed", "nightly"]


class SeriesRule(msgspec.Struct, frozen=True, kw_only=True):
    """The core's distribution, and the template that gives the series of a core version."""

    distribution: DistributionName
    series: Annotated[str, msgspec.Meta(pattern=r"^\{major\}(\.\{minor\})?$")] = "{major}.{minor}"


class CatalogSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A series of the core. Documents of an open series only grow; those of a closed series never change."""

    name: SeriesName
    state: SeriesState

    def __post_init__(self) -> None:
        if (self.name == "nightly") != (self.state == "nightly"):
            raise ValueError(f"the series {self.name!r} cannot have the state {self.state!r}")


class CatalogTier(msgspec.Struct, frozen=True, kw_only=True):
    """A tier; ``notice`` is the text that users see when they enable a tier that is not a default one."""

    name: ShortName
    default: bool
    notice: Block = ""


class KnownIndex(msgspec.Struct, frozen=True, kw_only=True):
    """A third-party plugin index that the community knows; ``url`` is its base URL."""

    name: ShortName
    url: Url
    summary: Line = ""

    def __post_init__(self) -> None:
        check_url(self.url)
        if not self.url.endswith("/"):
            raise ValueError("the URL of a plugin index does not end with a slash")


class DocumentDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The SHA-256 and the size of a document."""

    sha256: Digest
    size: Size


class RootDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The root document of a plugin index. ``documents`` are all others by path, relative to the base URL."""

    schema: Literal[1] = 1
    community: NonEmpty
    generated: Time
    core: SeriesRule
    series: list[CatalogSeries]
    tiers: Annotated[list[CatalogTier], msgspec.Meta(min_length=1)]
    indexes: list[KnownIndex] = []
    documents: dict[DocumentPath, DocumentDigest]

    def __post_init__(self) -> None:
        check_time(self.generated)
        check_unique([each.name for each in self.series], "series")
        if sum(tier.default for tier in self.tiers) > 1:
            raise ValueError("more than one tier is the default")
        check_unique([*(tier.name for tier in self.tiers), *(index.name for index in self.indexes)], "tier or index")
