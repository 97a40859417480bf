"""Export the plugins as the data of a landscape that landscape2 builds: ``landscape.yml`` and its logos."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from commonhold.catalog.site.backstage import yaml_dumper
from commonhold.catalog.site.templates import HUES, hue_of, letter_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from commonhold.catalog.site.listing import Listing, SitePlugin

LANDSCAPE = "exports/landscape.yml"
"""The path of the file, below the base URL."""

LANDSCAPE_LOGOS = "exports/logos"
"""The folder of the logos: the option ``--logos-path`` of landscape2."""

_OTHER = "Other plugins"
_LETTER = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img">
<rect width="64" height="64" rx="12" fill="hsl({hue} 55% 42%)"/>
<text x="32" y="44" font-family="sans-serif" font-size="34" fill="#fff" text-anchor="middle">{letter}</text>
</svg>
"""


def landscape_data(listing: Listing, url: str | None) -> bytes:
    """Return the active plugins by category and tier. ``url`` is the base URL of the pages, if it is known.

    A landscape needs a home page for each item, so a plugin without any link is left out.
    """
    import yaml

    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for listed in listing.active:
        item = _item(listed, url)
        if item is not None:
            found[listed.plugin.category or _OTHER][listed.tier.name].append(item)
    categories = [
        {"name": category, "subcategories": [{"name": tier, "items": items} for tier, items in sorted(tiers.items())]}
        for category, tiers in sorted(found.items(), key=lambda each: (each[0] == _OTHER, each[0].lower()))
    ]
    return yaml.dump(
        {"categories": categories}, Dumper=yaml_dumper(), sort_keys=False, allow_unicode=True, width=120
    ).encode()


def _item(listed: SitePlugin, url: str | None) -> dict[str, Any] | None:
    plugin = listed.plugin
    page = f"{url}{plugin.page}" if url is not None else None
    homepage = plugin.homepage or page or plugin.documentation or plugin.source
    if homepage is None:
        return None
    item: dict[str, Any] = {"name": plugin.name, "homepage_url": homepage, "logo": f"{plugin.name}.svg"}
    if plugin.summary:
        item["description"] = plugin.summary
    if plugin.source is not None and plugin.source.startswith("https://github.com/"):
        item["repo_url"] = "/".join(plugin.source.split("/")[:5])
    if plugin.documentation is not None:
        item["extra"] = {"documentation_url": plugin.documentation}
    return item


def landscape_logos(listing: Listing, logo_of: Callable[[str], bytes | None]) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of the logo of each plugin: its own, or its letter."""
    for listed in listing.plugins:
        hue = hue_of(listed.name) * 360 // HUES
        letter = _LETTER.format(hue=hue, letter=escape(letter_of(listed.plugin.short)))
        yield f"{LANDSCAPE_LOGOS}/{listed.name}.svg", logo_of(listed.name) or letter.encode()
