"""Read the page of a project in the simple API of an index: JSON (PEP 691) or HTML (PEP 503).

An index is not trusted, and its pages may have hundreds of thousands of files. General HTML parsers take quadratic time
for pages with nested or unclosed tags. This module searches the page once for links and ignores everything else.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import Response


@dataclass(frozen=True, slots=True)
class FileDetails:
    """What an index may also list about a file; ``None`` or an empty text if it does not.

    ``metadata`` is true if the file's metadata can be downloaded from ``URL.metadata`` (PEP 658).
    """

    requires_python: str = ""
    size: int | None = None
    uploaded: str = ""
    metadata: bool = False
    metadata_sha256: str | None = None
    provenance: str = ""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file on an index: its name, its SHA-256 in hexadecimal (if the index lists it) and its URL."""

    name: str
    version: str | None
    sha256: str | None
    yanked: bool = False
    url: str = ""
    details: FileDetails = field(default_factory=FileDetails, compare=False)


@dataclass(frozen=True, slots=True)
class IndexPage:
    """The page of a project: its files, and its status (PEP 792), which is empty if the index lists none."""

    files: tuple[IndexFile, ...] = ()
    status: str = ""
    reason: str = ""


class PageError(ValueError):
    """A page does not have a format of the simple API."""


LONGEST_NAME = 255
"""The maximum length of a file name; no file system allows longer names."""

_LARGEST_SIZE = 2**40
_STATUS, _REASON = "pypi:project-status", "pypi:project-status-reason"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ARCHIVES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z")

# Each pattern is tried at one position, and stops at the next tag at the latest.
_TAG = re.compile(r"<(?:!--|(/?a|base|meta)(?=[\s/>]))", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[\s/]*([^\s\"'<>/=]+)(?:\s*=\s*(\"[^\"<]*\"|'[^'<]*'|[^\s\"'<>]+))?")
_END = re.compile(r"[<>]")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")
_INNER_TAG = re.compile(r"<[^<>]*>")


class _Meta(msgspec.Struct, frozen=True):
    api_version: str = msgspec.field(name="api-version", default="1.0")


class _JsonFile(msgspec.Struct, frozen=True, rename="kebab"):
    filename: str
    url: str
    hashes: dict[str, str] = {}
    yanked: bool | str = False
    # A release needs none of these, so values of other types are ignored instead of refused.
    requires_python: Any = None
    size: Any = None
    upload_time: Any = None
    core_metadata: Any = None
    dist_info_metadata: Any = None
    provenance: Any = None


class _JsonPage(msgspec.Struct, frozen=True, rename="kebab"):
    files: list[_JsonFile]
    meta: _Meta = _Meta()
    project_status: Any = None


def read_page(response: Response, project: str) -> IndexPage:
    """Return what a project's page lists. Raises ``PageError``."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        if kind.endswith("json"):
            return _json_page(response.content, response.url, project)
        if kind.endswith("html"):
            encoding = response.encoding if "charset=" in response.headers.get("Content-Type", "") else "utf-8"
            text = response.content.decode(encoding or "utf-8", "replace")
            status: dict[str, str] = {}
            files = tuple(_html_files(text, response.url, project, status))
            return IndexPage(files, status.get(_STATUS, ""), status.get(_REASON, ""))
    except PageError:
        raise
    except (ValueError, LookupError, RecursionError, msgspec.MsgspecError) as error:  # also for encodings and URLs
        raise PageError(f"the page cannot be read: {type(error).__name__}") from error
    raise PageError("the page is neither HTML nor JSON")


def _json_page(data: bytes, base: str, project: str) -> IndexPage:
    page = msgspec.json.decode(data, type=_JsonPage)
    _check_version(page.meta.api_version)
    status = page.project_status if isinstance(page.project_status, dict) else {}
    files = tuple(_json_file(file, base, project) for file in page.files)
    return IndexPage(files, _text(status.get("status")), _text(status.get("reason")))


def _json_file(file: _JsonFile, base: str, project: str) -> IndexFile:
    metadata = file.core_metadata if file.core_metadata is not None else file.dist_info_metadata
    details = FileDetails(
        _text(file.requires_python),
        file.size if type(file.size) is int and 0 <= file.size <= _LARGEST_SIZE else None,
        _text(file.upload_time),
        bool(metadata),
        _digest(_text(metadata.get("sha256"))) if isinstance(metadata, dict) else None,
        _text(file.provenance),
    )
    sha256 = file.hashes.get("sha256", "")
    return _index_file(
        file.filename, _join(base, file.url), sha256, project, yanked=file.yanked is not False, details=details
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _check_version(text: str) -> None:
    if text.partition(".")[0] != "1":
        raise PageError("the index uses an unknown version of the simple API")


def _html_files(text: str, base: str, project: str, status: dict[str, str]) -> Iterator[IndexFile]:
    """Yield the files of a page; its project's status is put into ``status``."""
    at = 0
    link: tuple[dict[str, str], int] | None = None  # the attributes of the link that is open, and where its text begins
    while (tag := _TAG.search(text, at)) is not None:
        at = tag.end()
        word = (tag[1] or "").lower()
        if not word:
            end = text.find("-->", at)
            at = len(text) if end < 0 else end + 3
            continue
        if word in ("a", "/a") and link is not None:
            attributes, start = link
            name = html.unescape(_INNER_TAG.sub("", text[start : tag.start()])).strip()
            yield from _linked_file(name, attributes, base, project)
            link = None
        if word == "/a":
            continue
        attributes, at = _attributes(text, at)
        if word == "a":
            link = attributes, at
        elif word == "base":
            base = _join(base, attributes.get("href", ""))
        elif attributes.get("name") == "pypi:repository-version":
            _check_version(attributes.get("content", "1"))
        elif attributes.get("name") in (_STATUS, _REASON):
            status.setdefault(attributes["name"], attributes.get("content", ""))


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Return the attributes of the tag whose name ends at a position, and the position after the tag."""
    found: dict[str, str] = {}
    while (match := _ATTRIBUTE.match(text, at)) is not None:
        found.setdefault(match[1].lower(), html.unescape((match[2] or "").strip("\"'")))
        at = match.end()
    end = _END.search(text, at)
    return found, at if end is None else end.start() + (end[0] == ">")


def _linked_file(name: str, attributes: dict[str, str], base: str, project: str) -> Iterator[IndexFile]:
    url, _, fragment = attributes.get("href", "").partition("#")
    if url:
        algorithm, _, digest = fragment.partition("=")
        sha256 = digest.partition("&")[0] if algorithm == "sha256" else ""
        metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
        details = FileDetails(
            requires_python=attributes.get("data-requires-python", ""),
            metadata=metadata is not None and metadata != "false",
            metadata_sha256=_digest((metadata or "").removeprefix("sha256=")),
            provenance=attributes.get("data-provenance", ""),
        )
        is_yanked = "data-yanked" in attributes
        yield _index_file(name, _join(base, url), sha256, project, yanked=is_yanked, details=details)


def _join(base: str, url: str) -> str:
    if url.startswith(("https://", "http://")):
        return url
    # Parsing two URLs for each file would take a third of the time.
    if base.endswith("/") and _PLAIN.fullmatch(url):
        return base + url
    return urljoin(base, url)


def _index_file(name: str, url: str, sha256: str, project: str, *, yanked: bool, details: FileDetails) -> IndexFile:
    return IndexFile(name, version_of(name, project), _digest(sha256), yanked, url, details)


def _digest(text: str) -> str | None:
    # An index may send any text in place of a hash.
    digest = text.lower()
    return digest if _SHA256.fullmatch(digest) else None


def version_of(name: str, project: str) -> str | None:
    """Return the version in the name of a project's sdist, wheel or egg; ``None`` for other files.

    >>> version_of("my-project-1.0.tar.gz", "my-project"), version_of("my_project-1.0-py3-none-any.whl", "my-project")
    ('1.0', '1.0')
    """
    if len(name) > LONGEST_NAME:
        return None
    if name.endswith((".whl", ".egg")):
        parts = name[:-4].split("-")
        return parts[1] if len(parts) > 1 else None
    archive = next((end for end in _ARCHIVES if name.endswith(end)), None)
    if archive is None:
        return None
    stem = name[: -len(archive)]
    # The name may contain dashes, and so may the version in old sdists: the project's name decides where it begins.
    for spelled in (project, project.replace("-", "_")):
        if stem.startswith(f"{spelled}-"):
            return stem[len(spelled) + 1 :]
    wanted = canonicalize_name(project)
    dashes = (index for index, char in enumerate(stem) if char == "-")
    return next((stem[index + 1 :] for index in dashes if canonicalize_name(stem[:index]) == wanted), None)
