"""Choose the releases of a project that may be listed, from the project's page on a package index."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename

from commonhold.catalog.documents.text_checks import check_file_url
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from commonhold.index.page import IndexFile

NEWEST = 10
"""The number of releases to list in each series by default.

Clients install the newest release that fits the user's core and Python, so older releases only serve users who ask for
a version, or go back to one.
"""

_MOST_CANDIDATES = 80
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class IndexedRelease:
    """A release on the package index with its wheels, then its sdists, except yanked files."""

    version: Version
    files: tuple[IndexFile, ...]

    @property
    def requires_python(self) -> str:
        """The range of Python versions that the index lists for the first file."""
        return self.files[0].details.requires_python

    @property
    def uploaded(self) -> str:
        """The time of the first upload, or an empty text if the index does not list it."""
        return min((file.details.uploaded for file in self.files), default="")


def find_indexed_releases(files: Iterable[IndexFile], project: str, newest: int = NEWEST) -> tuple[IndexedRelease, ...]:
    """Return the releases to read, the newest first: ``newest`` releases of each series of the project itself.

    Pre-releases are left out, except those of the coming release. Development releases are always left out.
    """
    by_version: dict[Version, list[IndexFile]] = defaultdict(list)
    for file in files:
        version = _listed_version(file, project)
        if version is not None:
            by_version[version].append(file)
    newest_final = max((version for version in by_version if not version.is_prerelease), default=None)
    counts: Counter[tuple[int, int, int]] = Counter()
    found = []
    for version in sorted(by_version, reverse=True):
        series = (version.epoch, version.major, version.minor)
        is_old_preview = version.is_prerelease and newest_final is not None and version < newest_final
        if not is_old_preview and counts[series] < newest:
            counts[series] += 1
            found.append(IndexedRelease(version, tuple(_ordered(by_version[version]))))
    return tuple(found[:_MOST_CANDIDATES])


def _listed_version(file: IndexFile, project: str) -> Version | None:
    """Return the version of a file that a plugin index can list; ``None`` for other files."""
    version = parse_version(file.version or "")
    if version is None or version.is_devrelease or version.local is not None or file.yanked:
        return None
    try:
        if file.name.endswith(".whl"):
            name, named, _, _ = parse_wheel_filename(file.name)
        elif file.name.endswith(".tar.gz"):
            name, named = parse_sdist_filename(file.name)
        else:
            return None
        # The last part of the URL is the name under which installers store the file.
        is_plain = check_file_url(file.url) == file.name
    except (InvalidWheelFilename, InvalidSdistFilename, ValueError):
        return None
    return version if is_plain and (name, named) == (project, version) else None


def _ordered(files: list[IndexFile]) -> Iterator[IndexFile]:
    """Return wheels first, and among them those for every machine."""
    yield from sorted(files, key=lambda file: (not file.name.endswith(".whl"), "-any.whl" not in file.name, file.name))[
        :_MOST_FILES
    ]
