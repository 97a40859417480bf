"""Collect what the page of a plugin shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commonhold.catalog.site.readme_html import render_text
from commonhold.catalog.site.views import (
    MOST_RELEASES,
    history_of,
    install_commands,
    jumps_of,
    make_badge,
    make_matrix,
)

if TYPE_CHECKING:
    from markupsafe import Markup

    from commonhold.catalog.documents import CatalogReadme
    from commonhold.catalog.site.community import Community
    from commonhold.catalog.site.listing import Listing, SitePlugin
    from commonhold.catalog.site.views import PluginCard


class ReadmeText:
    """The readme of a release, which is rendered only if the page is made."""

    def __init__(self, readme: CatalogReadme, listed: SitePlugin, listing: Listing) -> None:
        self._readme, self._listing = readme, listing
        self._base, self._titles = listed.plugin.source, (listed.name, listed.plugin.short)

    @property
    def key(self) -> str:
        """What determines the HTML."""
        return f"{self._readme.sha256} {self._readme.type} {self._base}"

    def html(self) -> Markup:
        """Render the readme, without a title that repeats the name of the plugin."""
        text = self._listing.read(self._readme.path, self._readme.sha256).decode("utf-8", "replace")
        return render_text(text, self._readme.type, self._base, skip_titles=self._titles)


def plugin_context(
    listed: SitePlugin, card: PluginCard, listing: Listing, community: Community | None
) -> dict[str, Any]:
    """Return the values for the template of a plugin's page."""
    plugin, newest = listed.plugin, listed.newest.release if listed.newest else None
    links = [(plugin.homepage, "Homepage"), (plugin.source, "Source")]
    links += [(newest.notes_url, "Release notes")] if newest else []
    page = community.page if community else None
    context: dict[str, Any] = {
        "heading": card.short,
        "each": card,
        "status": listed.status,
        "newest": newest,
        "commands": install_commands(card, listed),
        "quick_start": plugin.quick_start,
        "notes": plugin.notes,
        "readme": ReadmeText(newest.readme, listed, listing) if newest and newest.readme else None,
        "provides": plugin.provides,
        "matrix": make_matrix(listed, listing),
        "releases": listed.releases[:MOST_RELEASES],
        "hidden_releases": max(0, len(listed.releases) - MOST_RELEASES),
        "history": history_of(listed),
        "support": _support(card, listing),
        "support_links": _support_links(listed, card),
        "keywords": plugin.keywords,
        "links": [(url, text) for url, text in links if url],
        "commit_url": f"{page}/commit/{newest.commit}" if page and newest and newest.commit else None,
        "provenance": next((file.provenance for file in newest.files if file.provenance), None) if newest else None,
        "badge_width": make_badge(card).width,
    }
    return {**context, "jumps": jumps_of(context)}


def _support(card: PluginCard, listing: Listing) -> str:
    if card.state == "retired":
        return "Nobody supports this plugin any more."
    if card.tier.default:
        return f"The core team of {listing.root.core.distribution} supports this plugin."
    if card.maintainers and card.state != "orphaned":
        return "The maintainers of this plugin support it; the core team does not."
    return "Nobody supports this plugin at the moment."


def _support_links(listed: SitePlugin, card: PluginCard) -> list[tuple[str, str]]:
    """Return where users can read and ask."""
    plugin = listed.plugin
    documentation = "Official documentation" if card.tier.default else "Documentation"
    links = [(plugin.documentation, documentation), (plugin.issues, "Ask or report a problem")]
    if card.state != "retired":
        links += [(person.contact, f"Contact {person.name}") for person in card.maintainers]
    return [(url, text) for url, text in links if url]
