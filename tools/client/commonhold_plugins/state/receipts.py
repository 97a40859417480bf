"""Describe installed plugins: the version, the file and its hash, and the plugin index that it came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from commonhold_plugins.decoding import Fields
from commonhold_plugins.errors import RejectedError, UnknownPluginError
from commonhold_plugins.installers.requests import PinnedRequirement
from commonhold_plugins.names import is_distribution, is_short, is_version, parse_reference
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = 1


@dataclass(frozen=True)
class Receipt:
    """An installed plugin. ``record`` is the hash of its list of files; ``requested``: the user has named it."""

    name: str
    short: str
    version: str
    source: str
    base: str = ""
    url: str | None = None
    sha256: str | None = None
    record: str | None = None
    requested: bool = True
    held: bool = False

    @property
    def requirement(self) -> PinnedRequirement:
        """The requirement that installs exactly this version again."""
        return PinnedRequirement(self.name, self.version, self.url, self.sha256)

    def to_json(self) -> dict[str, Any]:
        """Return the receipt as values that JSON can contain."""
        return {key: value for key, value in vars(self).items() if key != "name"}


@dataclass(frozen=True)
class PreviousVersion:
    """A distribution before a change: ``version`` is ``None`` if it was not installed."""

    name: str
    version: str | None = None
    url: str | None = None
    sha256: str | None = None

    @property
    def requirement(self) -> PinnedRequirement | None:
        """The requirement that installs the distribution again, or ``None`` if it was not installed."""
        return PinnedRequirement(self.name, self.version, self.url, self.sha256) if self.version else None

    def to_json(self) -> dict[str, Any]:
        """Return the value as values that JSON can contain."""
        return dict(vars(self))


@dataclass(frozen=True)
class EnvironmentState:
    """The plugins that the client has installed into an environment.

    ``unfinished`` is not empty while a change runs, and after one that was killed: it lists what the change touches.
    """

    core: str
    core_version: str
    prefix: str
    plugins: Mapping[str, Receipt] = field(default_factory=lambda: MappingProxyType({}))
    unfinished: tuple[PreviousVersion, ...] = ()

    def with_receipts(self, receipts: Iterable[Receipt], removed: Iterable[str] = ()) -> EnvironmentState:
        """Return the state after some plugins were installed and others removed."""
        plugins = {**self.plugins, **{each.name: each for each in receipts}}
        gone = set(removed)
        return replace(self, plugins={name: each for name, each in plugins.items() if name not in gone})

    def to_json(self) -> dict[str, Any]:
        """Return the state as values that JSON can contain."""
        return {
            "schema": SCHEMA,
            "core": self.core,
            "core_version": self.core_version,
            "prefix": self.prefix,
            "plugins": {name: self.plugins[name].to_json() for name in sorted(self.plugins)},
            "unfinished": [each.to_json() for each in self.unfinished],
        }


def find_receipt(reference: str, receipts: Iterable[Receipt]) -> Receipt:
    """Return an installed plugin by its name or short name. Raises ``UnknownPluginError``."""
    wanted = parse_reference(reference)
    for receipt in receipts:
        if wanted.name in (receipt.name, receipt.short) and wanted.source in (None, receipt.source):
            return receipt
    hint = "List the installed plugins with: {command} list"
    raise UnknownPluginError(f"{printable(str(wanted))} is not installed", hint=hint)


def decode_state(value: object, place: str) -> EnvironmentState:
    """Read a state from JSON. Raises ``RejectedError``."""
    fields = Fields(value, place)
    if (schema := fields.number("schema")) != SCHEMA:
        raise RejectedError(f"{place} has schema {schema}, which this version cannot read")
    plugins = fields.mapping("plugins", is_distribution, "the name of a distribution")
    return EnvironmentState(
        core=fields.line("core", is_distribution, "the name of a distribution"),
        core_version=fields.line("core_version", is_version, "a version"),
        prefix=fields.line("prefix"),
        plugins={name: _decode_receipt(name, each) for name, each in plugins},
        unfinished=tuple(map(_decode_previous, fields.items("unfinished"))),
    )


def _decode_receipt(name: str, fields: Fields) -> Receipt:
    receipt = Receipt(
        name=name,
        short=fields.line("short", is_short, "a short name"),
        version=fields.line("version", is_version, "a version"),
        source=fields.line("source", is_short, "the name of a plugin index"),
        base=fields.optional_line("base") or "",
        url=fields.optional_line("url"),
        sha256=fields.optional_line("sha256"),
        record=fields.optional_line("record"),
        requested=fields.flag("requested"),
        held=fields.flag("held"),
    )
    receipt.requirement  # noqa: B018 - checks the URL and the hash
    return receipt


def _decode_previous(fields: Fields) -> PreviousVersion:
    previous = PreviousVersion(
        name=fields.line("name", is_distribution, "the name of a distribution"),
        version=fields.optional_line("version", is_version, "a version"),
        url=fields.optional_line("url"),
        sha256=fields.optional_line("sha256"),
    )
    previous.requirement  # noqa: B018 - checks the URL and the hash
    return previous
