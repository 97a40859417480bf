"""Find plugins by name in the plugin indexes that are enabled, so that no index can shadow an official plugin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold_plugins.errors import RefusedError, UnknownPluginError
from commonhold_plugins.model import PluginStatus
from commonhold_plugins.names import Reference, parse_reference
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold_plugins.model import Plugin

ACTIVE = PluginStatus()


@dataclass(frozen=True)
class Source:
    """A tier of the community's plugin index, or the plugin index of somebody else, for one series of the core.

    ``official`` marks the default tier. ``foreign`` marks a plugin index other than the community's. ``enabled`` is
    false for a tier that the user has not added: its plugins cannot be installed, but messages mention them.
    """

    name: str
    base: str
    plugins: Mapping[str, Plugin]
    shorts: Mapping[str, str]
    statuses: Mapping[str, PluginStatus] = field(default_factory=dict)
    official: bool = False
    foreign: bool = False
    enabled: bool = True
    checked: float = 0.0

    def name_of(self, written: str) -> str | None:
        """Return the distribution with this name or short name; ``written`` is normalized."""
        return written if written in self.plugins else self.shorts.get(written)


@dataclass(frozen=True)
class CatalogEntry:
    """A plugin, the source that lists it ("official", a tier, or a plugin index), and what became known about it."""

    source: str
    plugin: Plugin
    status: PluginStatus
    base: str
    core: str
    series: str
    official: bool = False
    foreign: bool = False

    @property
    def reference(self) -> str:
        """The name with which a user refers to the plugin."""
        return self.plugin.short if self.official else f"{self.source}/{self.plugin.short}"


@dataclass(frozen=True)
class Catalog:
    """Every plugin of one series of the core, in all sources."""

    core: str
    series: str
    sources: tuple[Source, ...]

    def find(self, reference: str | Reference) -> CatalogEntry:
        """Return a plugin. Raises ``UnknownPluginError``, which names the sources that have such a plugin."""
        wanted = parse_reference(reference) if isinstance(reference, str) else reference
        for source in self.sources:
            is_meant = source.official if wanted.source is None else source.name == wanted.source
            name = source.name_of(wanted.name) if is_meant else None
            if name is not None:
                return self._found(source, name)
        raise self._unknown(wanted)

    def _found(self, source: Source, name: str) -> CatalogEntry:
        if not source.enabled:
            raise _disabled(source, Reference(name))
        if source.foreign and self.is_official(name):
            message = f"{source.name}/{name} has the name of an official plugin, so it is never used"
            raise RefusedError(message, hint=f"Ask {source.name} to rename it; `{name}` alone is the official plugin.")
        return self._entry(source, name)

    def _entry(self, source: Source, name: str) -> CatalogEntry:
        return CatalogEntry(
            source=source.name,
            plugin=source.plugins[name],
            status=source.statuses.get(name, ACTIVE),
            base=source.base,
            core=self.core,
            series=self.series,
            official=source.official,
            foreign=source.foreign,
        )

    def is_official(self, name: str) -> bool:
        """Whether a distribution's name belongs to the default tier."""
        return any(source.official and name in source.plugins for source in self.sources)

    def entries(self) -> Iterator[CatalogEntry]:
        """Return every plugin that can be installed."""
        for source in self.sources:
            if source.enabled:
                for name in source.plugins:
                    if not (source.foreign and self.is_official(name)):
                        yield self._entry(source, name)

    def owner(self, distribution: str) -> CatalogEntry | None:
        """Return the plugin with a distribution's name; that of the default tier if several sources list one."""
        sources = [each for each in self.sources if each.enabled and distribution in each.plugins]
        if not sources:
            return None
        return self._entry(min(sources, key=lambda each: (not each.official, each.foreign)), distribution)

    def _unknown(self, wanted: Reference) -> UnknownPluginError:
        for source in self.sources:
            name = source.name_of(wanted.name)
            if name is None:
                continue
            if not source.enabled:
                return _disabled(source, wanted)
            written = source.plugins[name].short
            prefix = "" if source.official else f"{source.name}/"
            message = f"{wanted} is not a plugin, but {_kind(source)} has one of that name"
            return UnknownPluginError(message, hint=f"Use its full name: {prefix}{written}")
        return UnknownPluginError(
            f"no plugin is named {printable(str(wanted))} in series {self.series}",
            hint=_suggestion(wanted.name, self.sources) or "Search for one with: {command} search WORD",
        )


def _kind(source: Source) -> str:
    if source.foreign:
        return f"the plugin index {source.name}"
    return f"the {source.name} tier"


def _disabled(source: Source, wanted: Reference) -> UnknownPluginError:
    name = source.plugins[source.name_of(wanted.name) or wanted.name].short
    return UnknownPluginError(
        f"{wanted.name} is a {source.name} plugin, and the {source.name} tier is not enabled",
        hint=f"Enable the tier with: {{command}} index add {source.name}\nThen use the name {source.name}/{name}.",
    )


def _suggestion(written: str, sources: Iterable[Source]) -> str | None:
    from difflib import get_close_matches

    known = {
        (short if source.official else f"{source.name}/{short}"): short
        for source in sources
        if source.enabled
        for short in source.shorts
    }
    close = get_close_matches(written, set(known.values()), n=1)
    full = next((name for name, short in known.items() if close and short == close[0]), None)
    return f"Did you mean {full}?" if full else None
