"""Export the plugins as entities of a Backstage software catalogue: ``catalog-info.yaml``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from commonhold.catalog.site.listing import Listing, SitePlugin

BACKSTAGE = "exports/catalog-info.yaml"
"""The path of the file, below the base URL."""

_LONGEST = 63
_SLUG = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?(?:/|$)")


def backstage_catalog(listing: Listing, url: str | None) -> bytes:
    """Return one document with a system for the community, and a component for each plugin.

    ``url`` is the base URL of the pages, if it is known.
    """
    import yaml

    community = _name(listing.root.community)
    system: dict[str, Any] = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "System",
        "metadata": {
            "name": community,
            "title": listing.root.community,
            **({"links": [_link(url, "Plugins")]} if url else {}),
        },
        "spec": {"owner": f"group:default/{community}"},
    }
    if url is not None:
        system["metadata"]["links"] = [_link(url, "Plugins")]
    entities = [system, *(_component(listed, community, url) for listed in listing.plugins)]
    return yaml.dump_all(entities, Dumper=yaml_dumper(), sort_keys=False, allow_unicode=True, width=120).encode()


def yaml_dumper() -> Any:
    """Return the writer of YAML for plain values; that of libyaml is several times as fast, but not always there."""
    import yaml

    return getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _component(listed: SitePlugin, community: str, url: str | None) -> dict[str, Any]:
    plugin = listed.plugin
    metadata: dict[str, Any] = {"name": _name(plugin.name), "title": plugin.short}
    if plugin.summary:
        metadata["description"] = plugin.summary
    annotations = dict(_annotations(listed))
    if annotations:
        metadata["annotations"] = annotations
    metadata["tags"] = sorted(
        {tag for word in (listed.tier.name, plugin.category or "", *plugin.keywords) if (tag := _tag(word))}
    )
    links = [_link(address, title) for address, title in _links(listed, url)]
    if links:
        metadata["links"] = links
    login = next((person.login for person in plugin.maintainers if person.login), None)
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": metadata,
        "spec": {
            "type": "library",
            "lifecycle": "production" if listed.status.state in ("active", "noticed") else "deprecated",
            "owner": f"user:default/{login}" if login else f"group:default/{_name(listed.tier.name)}",
            "system": community,
        },
    }


def _annotations(listed: SitePlugin) -> Iterator[tuple[str, str]]:
    source = listed.plugin.source
    if source is not None:
        yield "backstage.io/source-location", f"url:{source.rstrip('/')}/"
        slug = _SLUG.match(source)
        if slug is not None:
            yield "github.com/project-slug", slug[1]


def _links(listed: SitePlugin, url: str | None) -> Iterator[tuple[str, str]]:
    plugin = listed.plugin
    if url is not None:
        yield f"{url}{plugin.page}", "Plugin"
    for address, title in (
        (plugin.documentation, "Documentation"),
        (plugin.issues, "Issues"),
        (plugin.homepage, "Home page"),
    ):
        if address is not None:
            yield address, title


def _link(url: str, title: str) -> dict[str, str]:
    return {"url": url, "title": title}


def _name(text: str) -> str:
    """Return a name of an entity: letters, digits and single separators, at most 63 characters.

    >>> _name("Flyte plugins!"), _name("-")
    ('flyte-plugins', 'plugins')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_LONGEST].strip("-") or "plugins"


def _tag(text: str) -> str:
    """Return a tag: lower-case letters, digits and the signs ``+`` and ``#``, joined by dashes."""
    return re.sub(r"[^a-z0-9+#]+", "-", text.lower())[:_LONGEST].strip("-")
