"""Make the web pages of a catalogue from the documents of a plugin index."""

from commonhold.catalog.site.builder import BuiltSite, SiteOptions, build_site

__all__ = ["BuiltSite", "SiteOptions", "build_site"]
