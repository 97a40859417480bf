"""Write all pages of a catalogue to a folder."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from commonhold.catalog.catalog_folder import ROOT, SIGNATURE
from commonhold.catalog.logo_check import logo_problem
from commonhold.catalog.site.backstage import BACKSTAGE, backstage_catalog
from commonhold.catalog.site.feeds import make_feeds
from commonhold.catalog.site.landing_page import landing_context
from commonhold.catalog.site.landscape import LANDSCAPE, landscape_data, landscape_logos
from commonhold.catalog.site.listing import read_listing
from commonhold.catalog.site.plugin_page import ReadmeText, plugin_context
from commonhold.catalog.site.templates import asset, engine_digest, template_environment
from commonhold.catalog.site.views import PluginCard, make_badge, make_card, people_of
from commonhold.catalog.site.written_files import GeneratedFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.catalog.site.community import Community
    from commonhold.catalog.site.listing import Listing

    Page = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What a site adds to the documents: facts about the community, a style sheet and a logo.

    With ``local``, the documents may contain URLs of local files.
    """

    community: Community | None = None
    local: bool = False
    style: bytes | None = None
    logo: bytes | None = None


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """The result of a build. ``bad_logos`` are the plugins whose logo is not shown, each with the reason."""

    plugins: int
    written: int
    removed: int
    bad_logos: tuple[tuple[str, str], ...]


def build_site(documents: str, to: str, options: SiteOptions | None = None) -> BuiltSite:
    """Write the pages, and the documents next to them. Raises ``DocumentError`` and ``UsageError``.

    Only files that changed are written. Files of an earlier run that are no longer needed are removed.
    """
    options = options or SiteOptions()
    site = _Site(read_listing(documents, local=options.local), options)
    target = GeneratedFolder(to)
    if not (os.path.isdir(to) and os.path.samefile(documents, to)):
        for path in site.document_paths():
            target.put(path, site.listing.read(path))
    site.write(target)
    target.finish()
    return BuiltSite(len(site.cards), target.written, target.removed, tuple(site.bad_logos))


class _Site:
    def __init__(self, listing: Listing, options: SiteOptions) -> None:
        self.listing, self.options = listing, options
        self.feeds = make_feeds(listing)
        self.bad_logos: list[tuple[str, str]] = []
        self._shown: dict[str, bool] = {}
        self.cards: dict[str, PluginCard] = {
            each.name: make_card(each, self._logo(each.name, each.plugin.logo)) for each in listing.plugins
        }

    def _logo(self, name: str, path: str | None) -> str | None:
        if path is None:
            return None
        if path not in self._shown:
            digest = path.rpartition("/")[2].partition(".")[0]
            problem = logo_problem(self.listing.read(path, digest))
            self._shown[path] = problem is None
            if problem is not None:
                self.bad_logos.append((name, problem))
        return path if self._shown[path] else None

    def document_paths(self) -> Iterator[str]:
        """Return the files of the plugin index that the site serves: only those that the documents list."""
        yield ROOT
        yield from self.listing.root.documents
        readmes = {
            item.release.readme.path for each in self.listing.plugins for item in each.releases if item.release.readme
        }
        yield from sorted(readmes)
        yield from sorted(path for path, shown in self._shown.items() if shown)
        if os.path.isfile(os.path.join(self.listing.folder, SIGNATURE)):
            yield SIGNATURE

    def write(self, target: GeneratedFolder) -> None:
        """Write every generated file."""
        for path, data in self._plain_files():
            target.put(path, data)
        environment, engine = template_environment(), engine_digest()
        for path, template, context in self._pages():
            root = "../" * path.count("/")
            values = {"site": self.shared, "root": root, "here": path.removesuffix("index.html"), **context}
            inputs = hashlib.sha256(engine + msgspec.json.encode(values, enc_hook=_encode)).hexdigest()
            if not target.keeps(path, inputs):
                target.put(path, environment.get_template(template).render(**values).encode(), inputs)

    def _plain_files(self) -> Iterator[tuple[str, bytes]]:
        yield from self._assets()
        environment = template_environment()
        for feed in self.feeds:
            yield f"feeds/{feed.name}.xml", environment.get_template("feed.xml").render(feed=feed).encode()
        yield from self._exports()
        template = environment.get_template("badge.svg")
        for card in self.cards.values():
            yield f"badge/{card.name}.svg", template.render(badge=make_badge(card)).encode()

    def _exports(self) -> Iterator[tuple[str, bytes]]:
        url = self.options.community.url if self.options.community is not None else None
        yield BACKSTAGE, backstage_catalog(self.listing, url)
        yield LANDSCAPE, landscape_data(self.listing, url)

        def logo_of(name: str) -> bytes | None:
            path = self.cards[name].logo
            return self.listing.read(path) if path is not None else None

        yield from landscape_logos(self.listing, logo_of)

    @cached_property
    def _asset_files(self) -> dict[str, bytes]:
        found = {f"assets/{name}": asset(name) for name in ("site.css", "site.js", "icon.svg")}
        if self.options.style is not None:
            found["assets/style.css"] = self.options.style
        if self.options.logo is not None:
            found["assets/logo.svg"] = self.options.logo
        return found

    def _assets(self) -> Iterator[tuple[str, bytes]]:
        yield from self._asset_files.items()
        texts = {each.name: _search_text(each) for each in self.listing.plugins}
        yield "search.json", json.dumps({"schema": 1, "plugins": texts}, ensure_ascii=False, indent=0).encode()

    @cached_property
    def shared(self) -> dict[str, Any]:
        """The values that every page shows."""
        root, community = self.listing.root, self.options.community
        stamp = hashlib.sha256(b"".join(self._asset_files.values())).hexdigest()[:10]
        menu = [("", "Plugins"), ("maintainers/", "Maintainers")]
        menu += [("join/", "Add a plugin"), ("help-wanted/", "Help wanted")] if community else []
        menu += [("process/", "Process")] if community and community.policies else []
        more = [("looking-for-maintainers/", "Plugins looking for maintainers"), ("retired/", "Retired plugins")]
        more += [(f"feeds/{feed.name}.xml", f"Feed: {feed.title.lower()}") for feed in self.feeds]
        return {
            "community": root.community,
            "core": root.core.distribution,
            "feeds": [{"name": feed.name, "title": feed.title} for feed in self.feeds],
            "indexes": root.indexes,
            "has_style": self.options.style is not None,
            "logo": "assets/logo.svg" if self.options.logo is not None else None,
            "stamp": stamp,
            "menu": menu,
            "more": more,
        }

    def _pages(self) -> Iterator[Page]:
        yield "index.html", "index.html", landing_context(self.cards, self.listing, self.options.community, self.wanted)
        for listed in self.listing.plugins:
            context = plugin_context(listed, self.cards[listed.name], self.listing, self.options.community)
            has_page = listed.status.replacement in self.cards
            yield f"{listed.plugin.page}index.html", "plugin.html", {**context, "replacement_has_page": has_page}
        yield from self._lists()
        if self.options.community is not None:
            yield from self._community_pages(self.options.community)

    @cached_property
    def wanted(self) -> list[PluginCard]:
        """The plugins that look for a maintainer."""
        return [
            self.cards[each.name]
            for each in self.listing.plugins
            if each.status.state == "orphaned" or (each.status.needs_maintainer and each.status.state != "retired")
        ]

    def _lists(self) -> Iterator[Page]:
        community = self.options.community
        page = community.page if community else None
        forge = page.rsplit("/", 2)[0] if page and page.count("/") >= 4 else None
        people = people_of(self.listing, self.cards, forge)
        retired = sorted(
            (card for card in self.cards.values() if card.state == "retired"),
            key=lambda each: each.since or "",
            reverse=True,
        )
        known = list(self.cards)
        yield "maintainers/index.html", "maintainers.html", {"heading": "Maintainers", "people": people}
        heading = "Plugins looking for maintainers"
        context = {"plugins": self.wanted, "has_work": community is not None}
        yield "looking-for-maintainers/index.html", "wanted.html", {"heading": heading, **context}
        yield "retired/index.html", "retired.html", {"heading": "Retired plugins", "plugins": retired, "known": known}

    def _community_pages(self, community: Community) -> Iterator[Page]:
        work = {"work": community.work, "known": list(self.cards), "has_wanted": bool(self.wanted)}
        yield "help-wanted/index.html", "work.html", {"heading": "Work for newcomers", **work}
        yield "join/index.html", "join.html", {"heading": "How a plugin gets in", "tiers": community.tiers}
        if community.policies:
            heading = "The community's process"
            yield "process/index.html", "process.html", {"heading": heading, "policies": community.policies}
        for policy in community.policies:
            context = {"heading": policy.title, "policy": policy}
            yield f"process/{policy.slug}/index.html", "policy.html", context


def _encode(value: Any) -> str:
    """Return what a value contributes to the inputs of a page, for values that have no JSON form."""
    return value.key if isinstance(value, ReadmeText) else str(value)


def _search_text(listed: Any) -> str:
    plugin = listed.plugin
    release = listed.newest.release if listed.newest else None
    words = [*plugin.keywords, *(item.name for item in plugin.provides), *(item.kind for item in plugin.provides)]
    words += [item.value for item in plugin.provides]
    words += [person.name for person in plugin.maintainers]
    words += [*release.import_names] if release else []
    return " ".join(dict.fromkeys(words)).lower()
