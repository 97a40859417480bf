"""Read the page of a project in the simple API of an index: JSON (PEP 691) or HTML (PEP 503).

An index is not trusted, and its pages may have hundreds of thousands of files. General HTML parsers take quadratic time
for pages with nested or unclosed tags. This module searches the page once for links and ignores everything else.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import msgspec
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import Response


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file on an index: its name, its SHA-256 in hexadecimal (if the index lists it) and its URL."""

    name: str
    version: str | None
    sha256: str | None
    yanked: bool = False
    url: str = ""


class PageError(ValueError):
    """A page does not have a format of the simple API."""


LONGEST_NAME = 255
"""The maximum length of a file name; no file system allows longer names."""

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


class _JsonFile(msgspec.Struct, frozen=True):
    filename: str
    url: str
    hashes: dict[str, str] = {}
    yanked: bool | str = False


class _JsonPage(msgspec.Struct, frozen=True):
    files: list[_JsonFile]
    meta: _Meta = _Meta()


def read_page(response: Response, project: str) -> tuple[IndexFile, ...]:
    """Return the files that a project's page lists. Raises ``PageError``."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        if kind.endswith("json"):
            return tuple(_json_files(response.content, response.url, project))
        if kind.endswith("html"):
            encoding = response.encoding if "charset=" in response.headers.get("Content-Type", "") else "utf-8"
            text = response.content.decode(encoding or "utf-8", "replace")
            return tuple(_html_files(text, response.url, project))
    except PageError:
        raise
    except (ValueError, LookupError, RecursionError, msgspec.MsgspecError) as error:  # also for encodings and URLs
        raise PageError(f"the page cannot be read: {type(error).__name__}") from error
    raise PageError("the page is neither HTML nor JSON")


def _json_files(data: bytes, base: str, project: str) -> Iterator[IndexFile]:
    page = msgspec.json.decode(data, type=_JsonPage)
    _check_version(page.meta.api_version)
    for file in page.files:
        sha256 = file.hashes.get("sha256", "")
        yield _index_file(file.filename, _join(base, file.url), sha256, project, yanked=file.yanked is not False)


def _check_version(text: str) -> None:
    if text.partition(".")[0] != "1":
        raise PageError("the index uses an unknown version of the simple API")


def _html_files(text: str, base: str, project: str) -> Iterator[IndexFile]:
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
        yield _index_file(name, _join(base, url), sha256, project, yanked="data-yanked" in attributes)


def _join(base: str, url: str) -> str:
    if url.startswith(("https://", "http://")):
        return url
    # Parsing two URLs for each file would take a third of the time.
    if base.endswith("/") and _PLAIN.fullmatch(url):
        return base + url
    return urljoin(base, url)


def _index_file(name: str, url: str, sha256: str, project: str, *, yanked: bool) -> IndexFile:
    # An index may send any text in place of a hash.
    digest = sha256.lower()
    return IndexFile(name, version_of(name, project), digest if _SHA256.fullmatch(digest) else None, yanked, url)


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
