"""Collect what the landing page shows: the list of plugins, filters, numbers, and ways to take part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.catalog.site.community import Community
    from commonhold.catalog.site.listing import Listing
    from commonhold.catalog.site.views import PluginCard

# The windows in the order in which they are lit, scattered so that the picture is balanced with any number of plugins.
_WINDOWS = (1, 6, 10, 3, 8, 5, 0, 11, 2, 9, 4, 7, *(13, 18, 22, 15, 20, 17, 12, 23, 14, 21, 16, 19))


def landing_context(
    cards: Mapping[str, PluginCard], listing: Listing, community: Community | None, looking: Sequence[PluginCard]
) -> dict[str, Any]:
    """Return the values for the template of the landing page; ``looking`` are plugins that look for a maintainer."""
    listed = sorted(cards.values(), key=lambda each: (not each.tier.default, each.tier.name, each.short))
    active = [card for card in listed if card.state == "active"]
    root = listing.root
    people = {person.anchor for card in active for person in card.maintainers}
    opened = {each.name for each in root.series if each.state == "open"}
    current = next((name for name in listing.newest_first() if name in opened), None)
    numbers: list[tuple[int | str, str]] = [(len(active), "active plugin" if len(active) == 1 else "active plugins")]
    numbers += [(len(people), "maintainer" if len(people) == 1 else "maintainers")] if people else []
    numbers += [(current, f"current {root.core.distribution} series")] if current else []
    lead = (
        f"Find and install plugins for {root.core.distribution}, and see who maintains each one, what it provides, "
        "and which versions it works with."
    )
    return {
        "heading": root.community,
        "generated": root.generated,
        "plugins": listed,
        "active": active,
        "facade": _facade(active),
        "numbers": numbers,
        "lead": lead,
        "invitations": _invitations(community, looking),
        "filters": _filters(listed, listing),
        "states": [
            state
            for state in ("noticed", "orphaned", "quarantined", "retired")
            if any(c.state == state for c in listed)
        ],
    }


def _facade(cards: list[PluginCard]) -> list[PluginCard | None]:
    """Return the windows of the picture on the landing page: each is a plugin, or empty.

    If there are more plugins than windows, the picture shows some from the whole alphabet.
    """
    most = len(_WINDOWS)
    cards = [cards[at * len(cards) // most] for at in range(most)] if len(cards) > most else cards
    windows = _WINDOWS[: 12 if len(cards) <= 9 else 24]
    places = dict(zip(sorted(windows[: len(cards)]), cards, strict=False))
    return [places.get(at) for at in range(len(windows))]


def _invitations(community: Community | None, looking: Sequence[PluginCard]) -> list[tuple[str, str, str, str]]:
    """Return the pages for people who want to contribute, each with an icon, a title and a text."""
    number = f"{count(len(looking), 'plugin')} could use your help." if looking else "See which plugins need your help."
    wanted = ("looking-for-maintainers/", "people", "Maintain a plugin", number)
    if community is None:
        return [wanted]
    gaps = sum(len(work) for _, work in community.work)
    text = (
        f"{count(gaps, 'small gap')} to close, each with the way to fix it." if gaps else "Small first contributions."
    )
    return [
        ("join/", "home", "Add your plugin", "The steps and the rules of each tier."),
        ("help-wanted/", "sprout", "Start with a small fix", text),
        wanted,
    ]


def _filters(cards: list[PluginCard], listing: Listing) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    def options(values: Any) -> list[tuple[str, str]]:
        return [(value, value) for value in values]

    tiers = [(tier.name, tier.name.capitalize()) for tier in listing.root.tiers]
    categories = sorted({card.category for card in cards if card.category})
    series = listing.newest_first()
    pythons = sorted({each for card in cards for each in card.pythons}, key=lambda each: int(each.partition(".")[2]))
    core = listing.root.core.distribution
    found = [
        ("tier", "Tier", "Every tier", tiers),
        ("category", "Category", "Every category", options(categories)),
        ("series", core, "Every series", options(series)),
        ("python", "Python", "Every version", options(reversed(pythons))),
    ]
    return [each for each in found if each[3]]
