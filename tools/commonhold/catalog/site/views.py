"""Define the values that the templates show."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from commonhold.catalog.documents import StateChange
from commonhold.catalog.series import NIGHTLY
from commonhold.catalog.site.templates import STATE_NAMES, hue_of, letter_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.catalog.documents import CatalogMaintainer, CatalogTier, Compatibility
    from commonhold.catalog.site.listing import Listing, SitePlugin, SiteRelease

MOST_RELEASES = 25
_COLOURS = {"active": "#12703f", "noticed": "#8a5200", "orphaned": "#8a5200", "quarantined": "#a8322a"}
_GREY = "#6b7280"
_ANCHOR = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class PersonLink:
    """A maintainer of a plugin, with the place on the page of maintainers."""

    name: str
    company: str | None
    contact: str | None
    anchor: str


@dataclass(frozen=True, slots=True)
class PluginCard:
    """A plugin as lists show it; ``tested`` is the newest result of its tests in its newest series, if it is known."""

    name: str
    short: str
    summary: str
    page: str
    tier: CatalogTier
    category: str | None
    state: str
    since: str | None
    reason: str
    replacement: str | None
    series: tuple[str, ...]
    pythons: tuple[str, ...]
    version: str | None
    last_released: str
    tested: str | None
    logo: str | None
    hue: int
    letter: str
    licence: str | None
    maintainers: tuple[PersonLink, ...]


def make_card(listed: SitePlugin, logo: str | None) -> PluginCard:
    """Return the card of a plugin; ``logo`` is the path of its logo if that can be shown."""
    plugin, status, newest = listed.plugin, listed.status, listed.newest
    people = [PersonLink(each.name, each.company, each.contact, anchor_of(each)) for each in plugin.maintainers]
    current = next((name for name in listed.series if name != NIGHTLY), NIGHTLY)
    results = {test.result for test in status.compatibility if test.series == current}
    return PluginCard(
        name=listed.name,
        short=plugin.short,
        summary=plugin.summary,
        page=plugin.page,
        tier=listed.tier,
        category=plugin.category,
        state=status.state,
        since=status.since,
        reason=status.reason,
        replacement=status.replacement,
        series=listed.series,
        pythons=listed.pythons,
        version=_shown_version(newest) if newest else None,
        last_released=listed.last_released,
        tested=next((each for each in ("failed", "passed") if each in results), None),
        logo=logo,
        hue=hue_of(listed.name),
        letter=letter_of(plugin.short),
        licence=plugin.licence,
        maintainers=tuple(people),
    )


def _shown_version(newest: SiteRelease) -> str:
    return NIGHTLY if newest.release.git else newest.release.version


@dataclass(slots=True)
class PersonPage:
    """A maintainer with the plugins that the person maintains."""

    name: str
    anchor: str
    company: str | None = None
    login: str | None = None
    profile: str | None = None
    contact: str | None = None
    releases: int = 0
    since: str = ""
    plugins: list[PluginCard] = field(default_factory=list)


def anchor_of(person: CatalogMaintainer) -> str:
    """Return the id of a maintainer on the page of maintainers."""
    if person.login:
        return f"login-{person.login.lower()}"
    return f"name-{_ANCHOR.sub('-', person.name.lower()).strip('-') or hue_of(person.name)}"


def people_of(listing: Listing, cards: Mapping[str, PluginCard], forge: str | None) -> list[PersonPage]:
    """Return every maintainer of a plugin that is not retired, by name; ``forge`` is the host of their accounts."""
    people: dict[str, PersonPage] = {}
    for listed in listing.plugins:
        if listed.status.state == "retired":
            continue
        for person in listed.plugin.maintainers:
            anchor = anchor_of(person)
            page = people.setdefault(anchor, PersonPage(person.name, anchor))
            page.company = page.company or person.company
            page.contact = page.contact or person.contact
            page.login = page.login or person.login
            page.profile = f"{forge}/{page.login}" if forge and page.login else None
            page.plugins.append(cards[listed.name])
            page.releases += len(listed.releases)
            page.since = min(filter(None, (page.since, listed.first_released)), default="")
    return sorted(people.values(), key=lambda each: each.name.casefold())


@dataclass(frozen=True, slots=True)
class Matrix:
    """Test results: one row for each tested version, with one cell for each series."""

    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Compatibility | None, ...]], ...]


def make_matrix(listed: SitePlugin, listing: Listing) -> Matrix:
    """Return the newest test results of a plugin."""
    tests = {(test.version, test.series): test for test in listed.status.compatibility}
    tested = {series for _, series in tests}
    series = tuple(each for each in listing.newest_first(tested) if each in tested)
    versions = sorted({version for version, _ in tests}, key=Version, reverse=True)
    rows = ((version, tuple(tests.get((version, each)) for each in series)) for version in versions)
    return Matrix(series, tuple(rows))


def history_of(listed: SitePlugin) -> list[StateChange]:
    """Return the states of a plugin, the newest first; the documents may omit the first and the current one."""
    status = listed.status
    history = sorted(status.history, key=lambda each: each.since, reverse=True)
    if not history or history[0].state != status.state:
        since = status.since or listed.first_released
        history.insert(0, StateChange(state=status.state, since=since, reason=status.reason))
    return history


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge: its text, colour and width."""

    text: str
    colour: str
    width: int


def make_badge(card: PluginCard) -> Badge:
    """Return the badge of a plugin, which is grey when the plugin is retired.

    The text of an active plugin is its newest version.
    """
    active = card.version or "active"
    text = active[:24] if card.state == "active" else STATE_NAMES[card.state].lower()
    return Badge(text, _COLOURS.get(card.state, _GREY), 62 + round(6.6 * len(text)))


def install_commands(card: PluginCard, listed: SitePlugin) -> list[tuple[str, str]]:
    """Return the commands that install a plugin, each with its label."""
    if listed.newest is None or not listed.newest.is_usable or card.state == "quarantined":
        return []
    release = listed.newest.release
    if release.git:
        return [("From the repository, with pip", f'pip install "{card.name} @ {release.git}"')]
    command = f"commonhold-plugins install {card.short}"
    if not card.tier.default:
        tier = card.tier.name
        command = f"commonhold-plugins index add {tier}\ncommonhold-plugins install {tier}/{card.short}"
    return [
        ("With the client, which checks hashes and never changes the core", command),
        ("With pip", f"pip install {card.name}=={release.version}"),
    ]


def jumps_of(context: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the sections of a plugin's page."""
    sections = [("readme", "Readme")]
    sections += [("provides", "Provides")] if context["provides"] else []
    return [*sections, ("compatibility", "Compatibility"), ("releases", "Releases"), ("history", "History")]
