"""Choose the file of a release that fits the platform and the Python of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from commonhold_plugins.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.tags import Tag

    from commonhold_plugins.catalog import CatalogEntry
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.model import IndexFile, Release


def choose_file(entry: CatalogEntry, release: Release, environment: TargetEnvironment) -> IndexFile:
    """Return the best wheel that fits, else the sdist. Raises ``RefusedError``."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    ranks: dict[Tag, int] = {}
    for rank, tag in enumerate(_tags(environment)):
        ranks.setdefault(tag, rank)
    best: tuple[int, IndexFile] | None = None
    sdist = None
    for file in release.files:
        if not file.name.endswith(".whl"):
            sdist = file if file.name.endswith((".tar.gz", ".zip")) else sdist
            continue
        try:
            tags = parse_wheel_filename(file.name)[3]
        except InvalidWheelFilename:
            continue
        found = min((ranks[tag] for tag in tags if tag in ranks), default=None)
        if found is not None and (best is None or found < best[0]):
            best = (found, file)
    if best is not None:
        return best[1]
    if sdist is not None:
        return sdist
    platform = environment.markers.get("sys_platform", "this platform")
    raise RefusedError(
        f"{entry.reference} {release.version} has no file for Python {environment.python_version} on {platform}"
    )


def _tags(environment: TargetEnvironment) -> Iterator[Tag]:
    """Return the tags of wheels that fit, the best first. The target's platform is that of this process."""
    from packaging.tags import compatible_tags, cpython_tags, generic_tags, platform_tags

    major, minor = (int(number) for number in environment.markers["python_version"].split("."))
    platforms = list(platform_tags())
    if environment.markers.get("implementation_name") == "cpython":
        abis = [f"cp{major}{minor}"]
        yield from cpython_tags((major, minor), abis, platforms)
        yield from compatible_tags((major, minor), f"cp{major}{minor}", platforms)
    else:
        yield from generic_tags(platforms=platforms)
        yield from compatible_tags((major, minor), f"py{major}{minor}", platforms)


def mirrored(url: str, mirrors: Mapping[str, str]) -> str:
    """Return the URL at the mirror that is configured for its host, if there is one. The hash stays the same.

    >>> mirrored("https://files.example/a/b.whl", {"files.example": "https://mirror.example/files/"})
    'https://mirror.example/files/a/b.whl'
    """
    parts = urlsplit(url)
    base = mirrors.get(parts.netloc)
    return url if base is None else f"{base.rstrip('/')}{parts.path}"
