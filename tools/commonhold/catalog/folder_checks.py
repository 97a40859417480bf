"""Validate a plugin index in a folder: documents, hashes, files, and the licences in a community's own documents."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.catalog.catalog_folder import FOLDER, ROOT, SIGNATURE, read_catalog, tier_path
from commonhold.catalog.documents import LARGEST_DOCUMENT, DocumentError
from commonhold.catalog.open_source import licence_problem
from commonhold.catalog.series import admits_series
from commonhold.effects.files import read_untrusted
from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogPlugin, CatalogRelease, TierDocument


def find_problems(folder: str, *, third_party: bool = False, local: bool = False) -> tuple[str, ...]:
    """Return a sentence for each problem of the plugin index in a folder; empty if it is valid.

    A third-party plugin index may contain plugins with any licence. Raises ``UsageError`` if the folder contains no
    plugin index.
    """
    try:
        catalog = read_catalog(folder, local=local)
    except DocumentError as error:
        return (error.message,)
    return tuple(_problems(folder, catalog, third_party=third_party))


def _problems(folder: str, catalog: Catalog, *, third_party: bool) -> Iterator[str]:
    files = {os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/") for place, name in _walk(folder)}
    named = {ROOT, SIGNATURE, *catalog.root.documents}
    for key, document in sorted(catalog.tiers.items()):
        yield from _document_problems(catalog, key, document)
        for plugin in document.plugins:
            path = f"{tier_path(*key)}: {plugin.name}"
            yield from (f"{path}: {problem}" for problem in _plugin_problems(plugin, document.series))
            if not third_party and (problem := licence_problem(plugin.licence)) is not None:
                yield f"{path}: {problem}"
            for asset in filter(None, (plugin.logo, *(_readme(release) for release in plugin.releases))):
                if asset not in named:
                    yield from _asset_problems(folder, asset)
                named.add(asset)
    for path in sorted(files - named):
        yield f"{path} is not part of the plugin index"


def _walk(folder: str) -> Iterator[tuple[str, str]]:
    for place, folders, names in os.walk(os.path.join(folder, FOLDER)):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        yield from ((place, name) for name in (*names, *links))


def _readme(release: CatalogRelease) -> str | None:
    return release.readme.path if release.readme is not None else None


def _document_problems(catalog: Catalog, key: tuple[str, str], document: TierDocument) -> Iterator[str]:
    path, root = tier_path(*key), catalog.root
    if (document.series, document.tier) != key:
        yield f"{path} is the document of the series {document.series} and the tier {document.tier}"
    if document.core != root.core.distribution:
        yield f"{path} is about the core {document.core}, but {ROOT} is about {root.core.distribution}"
    if document.community != root.community and catalog.state_of(key[0]) != "closed":
        yield f"{path} is from the community {document.community!r}, but {ROOT} is from {root.community!r}"
    if catalog.state_of(key[0]) is None:
        yield f"{path} is listed, but {ROOT} has no series {key[0]}"
    if all(tier.name != key[1] for tier in root.tiers):
        yield f"{path} is listed, but {ROOT} has no tier {key[1]}"
    if [plugin.name for plugin in document.plugins] != sorted(plugin.name for plugin in document.plugins):
        yield f"{path}: the plugins are not in the order of their names"


def _plugin_problems(plugin: CatalogPlugin, series: str) -> Iterator[str]:
    versions = [Version(release.version) for release in plugin.releases]
    if versions != sorted(versions, reverse=True):
        yield "the releases do not begin with the newest version"
    for release in plugin.releases:
        core = release.core
        if core is not None and not admits_series(core.range, series):
            yield f"{release.version} requires {core.distribution}{core.range}, which excludes the series"


def _asset_problems(folder: str, path: str) -> Iterator[str]:
    try:
        data = read_untrusted(os.path.join(folder, path), LARGEST_DOCUMENT)
    except (OSError, CommonholdError) as error:
        yield f"{path} cannot be read: {getattr(error, 'strerror', None) or error}"
        return
    if hashlib.sha256(data).hexdigest() != os.path.basename(path).partition(".")[0]:
        yield f"{path} does not have the SHA-256 in its name"
