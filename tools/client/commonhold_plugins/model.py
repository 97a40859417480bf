"""The contents of a plugin index as values, which ``documents`` decodes and checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN, CLOSED, NIGHTLY = "open", "closed", "nightly"
"""The states of a series."""

STATES = ("active", "noticed", "orphaned", "retired", "quarantined")
"""The states of a plugin."""

_NONE: Mapping[str, ReleaseStatus] = MappingProxyType({})


@dataclass(frozen=True)
class Maintainer:
    """A maintainer of a plugin, and how to reach them."""

    name: str
    company: str | None = None
    login: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class Provided:
    """Something that a plugin provides: an entry point of the group ``kind``, or a public class (``kind`` "class")."""

    kind: str
    name: str
    value: str
    summary: str = ""


@dataclass(frozen=True)
class IndexFile:
    """A file of a release, with the hash that an installation verifies."""

    url: str
    sha256: str
    size: int
    provenance: str | None = None

    @property
    def name(self) -> str:
        """The last part of the URL's path, under which installers store the file."""
        return unquote(self.url.partition("?")[0].rpartition("/")[2])


@dataclass(frozen=True)
class Readme:
    """Where the readme of a release is, and its hash; ``kind`` is its media type."""

    url: str
    sha256: str
    size: int
    kind: str


@dataclass(frozen=True)
class CoreRange:
    """The versions of the core that a release admits: a PEP 440 specifier."""

    distribution: str
    range: str


@dataclass(frozen=True)
class Release:
    """One version of a plugin. A nightly release has ``git`` (a requirement's URL) instead of files."""

    version: str
    core: CoreRange | None = None
    requires_python: str | None = None
    requires: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    import_namespaces: tuple[str, ...] = ()
    released: str = ""
    commit: str | None = None
    notes_url: str | None = None
    readme: Readme | None = None
    files: tuple[IndexFile, ...] = ()
    git: str | None = None


@dataclass(frozen=True)
class Plugin:
    """A plugin as its index lists it; ``releases`` are those of one series of the core, the newest first."""

    name: str
    short: str
    summary: str = ""
    category: str | None = None
    keywords: tuple[str, ...] = ()
    maintainers: tuple[Maintainer, ...] = ()
    homepage: str | None = None
    documentation: str | None = None
    source: str | None = None
    issues: str | None = None
    page: str | None = None
    licence: str | None = None
    quick_start: str | None = None
    notes: str | None = None
    provides: tuple[Provided, ...] = ()
    releases: tuple[Release, ...] = ()


@dataclass(frozen=True)
class ReleaseStatus:
    """What became known about a release later: each value is the reason, or ``None``."""

    yanked: str | None = None
    failing: str | None = None
    unlisted: str | None = None


@dataclass(frozen=True)
class Compatibility:
    """The result of the tests of one version of a plugin against one version of the core."""

    series: str
    core: str
    version: str
    result: str
    at: str = ""
    url: str | None = None


@dataclass(frozen=True)
class MovedTo:
    """The plugin that continues another one, such as a fork."""

    name: str
    reason: str


@dataclass(frozen=True)
class StateChange:
    """A state that a plugin had since a date."""

    state: str
    since: str = ""
    reason: str = ""


@dataclass(frozen=True)
class PluginStatus:
    """What became known about a plugin after its releases; the default is an active plugin."""

    state: str = "active"
    since: str = ""
    reason: str = ""
    replacement: str | None = None
    needs_maintainer: bool = False
    moved_to: MovedTo | None = None
    releases: Mapping[str, ReleaseStatus] = field(default_factory=lambda: _NONE)
    compatibility: tuple[Compatibility, ...] = ()
    history: tuple[StateChange, ...] = ()

    def of_release(self, version: str) -> ReleaseStatus:
        """What became known about one release."""
        return self.releases.get(version) or ReleaseStatus()


@dataclass(frozen=True)
class Series:
    """A series of the core, such as ``1.16``; its documents only grow while it is open."""

    name: str
    state: str


@dataclass(frozen=True)
class Tier:
    """A tier of plugins; users enable every tier but the default one themselves, after reading ``notice``."""

    name: str
    default: bool = False
    notice: str = ""


@dataclass(frozen=True)
class KnownIndex:
    """A plugin index of somebody else that the community knows."""

    name: str
    url: str
    summary: str = ""


@dataclass(frozen=True)
class DocumentHash:
    """The hash and size of another document of the same plugin index."""

    sha256: str
    size: int


@dataclass(frozen=True)
class RootDocument:
    """``index.json``: the series, tiers and documents of a plugin index."""

    community: str
    generated: str
    core: str
    series_rule: str
    series: tuple[Series, ...]
    tiers: tuple[Tier, ...]
    indexes: tuple[KnownIndex, ...]
    documents: Mapping[str, DocumentHash]

    @property
    def default_tier(self) -> Tier:
        """The tier whose plugins have bare names."""
        return next((tier for tier in self.tiers if tier.default), self.tiers[0])


@dataclass(frozen=True)
class TierDocument:
    """``SERIES/TIER.json``: the plugins of a tier that work with a series of the core."""

    community: str
    core: str
    series: str
    tier: str
    generated: str
    plugins: tuple[Plugin, ...]


@dataclass(frozen=True)
class StatusDocument:
    """``status.json``: everything that changes after a release, for every series."""

    generated: str
    plugins: Mapping[str, PluginStatus]
