"""Make the web pages of a catalogue from the documents of a plugin index."""

from commonhold.catalog.site.build import BuiltSite, SiteOptions, build_site

__all__ = ["BuiltSite", "SiteOptions", "build_site"]
