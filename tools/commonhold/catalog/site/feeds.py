"""Define the entries of the catalogue's feeds: new, retired and newly incompatible plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.catalog.site.listing import Listing

MOST_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An event of a plugin. ``day`` is a day or a time; ``detail`` distinguishes events of one kind."""

    plugin: str
    title: str
    text: str
    day: str
    detail: str

    @property
    def time(self) -> str:
        """The time of the event in the form of a feed."""
        return self.day if "T" in self.day else f"{self.day}T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its file, its title and its newest entries, the newest first."""

    name: str
    title: str
    text: str
    entries: tuple[FeedEntry, ...]
    community: str

    @property
    def id(self) -> str:
        """An identifier that does not depend on the place of the feed."""
        return uuid5(NAMESPACE_URL, f"{self.community}/{self.name}").urn

    def entry_id(self, entry: FeedEntry) -> str:
        """An identifier of the entry that never changes."""
        return uuid5(NAMESPACE_URL, f"{self.community}/{self.name}/{entry.plugin}/{entry.detail}").urn


def make_feeds(listing: Listing) -> tuple[Feed, ...]:
    """Return the feeds of a catalogue."""
    community = listing.root.community
    kinds = (
        ("new", "New plugins", "Plugins that were added to the catalogue.", _new),
        ("retired", "Retired plugins", "Plugins that are no longer maintained.", _retired),
        ("incompatible", "Newly incompatible plugins", "Plugins whose tests began to fail.", _incompatible),
    )
    return tuple(
        Feed(name, title, text, tuple(sorted(entries(listing), key=_order)[:MOST_ENTRIES]), community)
        for name, title, text, entries in kinds
    )


def _order(entry: FeedEntry) -> tuple[int, str]:
    return -int("".join(char for char in entry.time[:19] if char.isdigit())), entry.plugin


def _new(listing: Listing) -> Iterator[FeedEntry]:
    for each in listing.plugins:
        if each.first_released and each.status.state != "retired":
            yield FeedEntry(each.name, f"{each.name} is new", each.plugin.summary, each.first_released, "new")


def _retired(listing: Listing) -> Iterator[FeedEntry]:
    for each in listing.plugins:
        since = each.status.since
        if each.status.state == "retired" and since:
            text = f"{each.status.reason} Use {each.status.replacement} instead." if each.status.replacement else ""
            yield FeedEntry(each.name, f"{each.name} is retired", text or each.status.reason, since, since)


def _incompatible(listing: Listing) -> Iterator[FeedEntry]:
    core = listing.root.core.distribution
    for each in listing.active:
        for test in each.status.compatibility:
            if test.result == "failed":
                title = f"{each.name} does not work with {core} {test.series}"
                text = f"The tests of {each.name} {test.version} failed with {core} {test.core}."
                yield FeedEntry(each.name, title, text, test.at, f"{test.series} {test.version}")
