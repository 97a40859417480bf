"""Copy the documents and the files of a plugin index into a folder: verified, resumable, all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from commonhold.catalog.catalog_folder import has_catalog, read_catalog, replace_documents
from commonhold.catalog.comparison import MOST_SHRINKAGE
from commonhold.catalog.growth import check_growth
from commonhold.catalog.mirror.mirrored_documents import read_published_catalog
from commonhold.effects.files import read_untrusted, write_atomically
from commonhold.errors import CommonholdError, ToolError, UsageError
from commonhold.release.model.archive_paths import path_error
from commonhold.text import count, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from commonhold.catalog.catalog_folder import Catalog
    from commonhold.catalog.documents import CatalogFile
    from commonhold.catalog.mirror.origin import Origin

HOSTS = "mirror.json"
"""The file that lists the folder of each host's files, for the configuration of clients."""

_FILES = "files"
_CONNECTIONS = 6
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """The result of a run: ``kept`` files were there already, and ``commits`` releases have no files to copy."""

    downloaded: int
    kept: int
    commits: int
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _MirroredFile:
    url: str
    sha256: str
    size: int
    place: str


def mirror_catalog(
    origin: Origin,
    folder: str,
    series: Collection[str] = (),
    *,
    local: bool = False,
    started: Callable[[int], object] = int,
    progress: Callable[[str], object] = str,
) -> MirrorReport:
    """Copy a plugin index into ``folder``; with ``series``, only the files of these series.

    Files that are in the folder already are compared with their hash, and not downloaded again. The documents are
    replaced only when every file is there, so after a failure an older copy still works. ``started`` is called with the
    number of files, and ``progress`` with the name of each. Raises ``CommonholdError``.
    """
    published = read_published_catalog(origin, local=local)
    catalog = published.catalog
    unknown = sorted(set(series) - {each.name for each in catalog.root.series})
    if unknown:
        names = ", ".join(each.name for each in catalog.root.series)
        raise UsageError(f"the plugin index has no series {unknown[0]}", hint=f"It has these series: {names}")
    if has_catalog(folder):
        check_growth(read_catalog(folder, local=True), catalog, MOST_SHRINKAGE)
    files = _files(catalog, series)
    started(len(files))
    downloaded = _download_all(origin, folder, files, progress)
    hosts = sorted({file.place.split("/")[1] for file in files})
    write_atomically(os.path.join(folder, HOSTS), _hosts_document(files))
    replace_documents(folder, published.contents)
    return MirrorReport(downloaded, len(files) - downloaded, _count_commits(catalog, series), tuple(hosts))


def _files(catalog: Catalog, series: Collection[str]) -> list[_MirroredFile]:
    found: dict[str, _MirroredFile] = {}
    for (name, _), document in catalog.tiers.items():
        if not series or name in series:
            for plugin in document.plugins:
                for release in plugin.releases:
                    for file in release.files:
                        _add(found, file)
    return sorted(found.values(), key=lambda file: file.place)


def _add(found: dict[str, _MirroredFile], file: CatalogFile) -> None:
    place = mirror_path(file.url)
    known = found.setdefault(place, _MirroredFile(file.url, file.sha256, file.size, place))
    if known.sha256 != file.sha256:
        raise ToolError(
            f"the plugin index lists two hashes for {printable(file.url)}", hint="Report this to its maintainers."
        )


def mirror_path(url: str) -> str:
    """Return the path of a file in a mirror: a folder for its host, then the path of its URL.

    >>> mirror_path("https://files.example:8443/a/b-1.0.whl")
    'files/files.example_8443/a/b-1.0.whl'
    """
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    problem = path_error(path) or ("has a query" if parts.query else None)
    if problem is not None:
        raise ToolError(f"{printable(url)} cannot be mirrored: its path {problem}")
    return f"{_FILES}/{(parts.netloc or 'local').lower().replace(':', '_')}/{path}"


def _download_all(origin: Origin, folder: str, files: list[_MirroredFile], progress: Callable[[str], object]) -> int:
    def copy(file: _MirroredFile) -> bool | CommonholdError:
        try:
            return _copy(origin, folder, file)
        except CommonholdError as error:
            return error
        finally:
            progress(file.place.rpartition("/")[2])

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        results = list(pool.map(copy, files))
    errors = [each.message for each in results if isinstance(each, CommonholdError)]
    if errors:
        lines = "\n".join(f"  {message}" for message in errors[:_MOST_LISTED])
        more = f"\n  and {len(errors) - _MOST_LISTED} more" if len(errors) > _MOST_LISTED else ""
        raise ToolError(
            f"{count(len(errors), 'file')} of {len(files)} cannot be mirrored, so the documents stay as they are:\n"
            f"{lines}{more}",
            hint="Run the same command again: files that are complete are not downloaded again.",
        )
    return sum(each is True for each in results)


def _copy(origin: Origin, folder: str, file: _MirroredFile) -> bool:
    """Download a file unless it is there already; return whether it was downloaded."""
    path = os.path.join(folder, file.place)
    if _is_complete(path, file):
        return False
    data = origin.fetch(file.url, max(file.size, 1))
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ToolError(f"{printable(file.url)} does not have the SHA-256 that the plugin index lists")
    try:
        write_atomically(path, data)
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}") from error
    return True


def _is_complete(path: str, file: _MirroredFile) -> bool:
    try:
        return hashlib.sha256(read_untrusted(path, file.size)).hexdigest() == file.sha256
    except (OSError, CommonholdError):
        return False


def _hosts_document(files: list[_MirroredFile]) -> bytes:
    hosts = {urlsplit(file.url).netloc: "/".join(file.place.split("/")[:2]) for file in files}
    listed = [{"host": host, "path": path} for host, path in sorted(hosts.items())]
    return json.dumps({"schema": 1, "hosts": listed}, indent=1).encode() + b"\n"


def _count_commits(catalog: Catalog, series: Collection[str]) -> int:
    return len(
        {
            release.git
            for (name, _), document in catalog.tiers.items()
            if not series or name in series
            for plugin in document.plugins
            for release in plugin.releases
        }
        - {None}
    )
