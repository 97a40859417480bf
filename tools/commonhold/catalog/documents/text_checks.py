"""Check the values of catalogue documents: text, names, versions, URLs, hashes and paths.

Documents contain text from plugins, and those of third-party indexes may contain anything, so each value has one form.
The types are enforced when a document is decoded; the functions raise ``ValueError``.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated, TypeAlias
from urllib.parse import unquote, urlsplit

from msgspec import Meta
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename

from commonhold.versions import parse_version

_URL_CHARACTERS = r"[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]"
_DISTRIBUTION = r"[a-z0-9]+(-[a-z0-9]+)*"
_WORD = r"[a-z0-9][a-z0-9-]*"
_SERIES = r"[0-9]+(\.[0-9]+)?|nightly"

# Decoding refuses a text that ends with a line break, so `$` is the end here too, as in the JSON Schemas.
Line: TypeAlias = Annotated[str, Meta(max_length=1000, pattern=r"^[^\n\t]*$")]
Keyword: TypeAlias = Annotated[str, Meta(max_length=100, pattern=r"^[^\n\t]+$")]
Block: TypeAlias = Annotated[str, Meta(max_length=20_000)]
DistributionName: TypeAlias = Annotated[str, Meta(max_length=200, pattern=rf"^{_DISTRIBUTION}$")]
ShortName: TypeAlias = Annotated[str, Meta(max_length=64, pattern=rf"^{_WORD}$")]
SeriesName: TypeAlias = Annotated[str, Meta(max_length=32, pattern=rf"^({_SERIES})$")]
VersionText: TypeAlias = Annotated[str, Meta(max_length=100, pattern=r"^[0-9][0-9a-z.+!]*$")]
Digest: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Commit: TypeAlias = Annotated[str, Meta(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Size: TypeAlias = Annotated[int, Meta(ge=0, le=2**40)]
Url: TypeAlias = Annotated[str, Meta(max_length=2000, pattern=rf"^https?://{_URL_CHARACTERS}+$")]
FileUrl: TypeAlias = Annotated[str, Meta(max_length=2000, pattern=rf"^(https?|file)://{_URL_CHARACTERS}+$")]
GitUrl: TypeAlias = Annotated[
    str,
    Meta(
        max_length=2000,
        pattern=rf"^git\+(https?|file)://{_URL_CHARACTERS}+@[0-9a-f]{{40,64}}(#subdirectory={_URL_CHARACTERS}+)?$",
    ),
]
Contact: TypeAlias = Annotated[str, Meta(max_length=300, pattern=r"^(mailto:[^\s@<>]+@[^\s@<>]+|https://[^\s<>]+)$")]
Time: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$")
]
Day: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
PagePath: TypeAlias = Annotated[str, Meta(pattern=rf"^plugins/{_DISTRIBUTION}/$")]
ReadmePath: TypeAlias = Annotated[str, Meta(pattern=r"^index/v1/readmes/[0-9a-f]{64}\.(md|rst|txt)$")]
LogoPath: TypeAlias = Annotated[str, Meta(pattern=r"^index/v1/logos/[0-9a-f]{64}\.svg$")]
DocumentPath: TypeAlias = Annotated[
    str, Meta(max_length=200, pattern=rf"^index/v1/(status\.json|({_SERIES})/{_WORD}\.json)$")
]

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters except line breaks and tabs, surrogates, and invisible characters that reorder or hide text."""

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}")
_MOST_CHARACTERS = 2000
_PLAIN_URL = re.compile(rf"{_URL_CHARACTERS}+")
_KEPT = 50_000  # results of checks, because most plugins have the same ranges and requirements


def check_url(url: str, *, local: bool = False) -> None:
    """Refuse a URL that is not https, or http to this machine, or (with ``local``) that of a local file.

    A URL with credentials or a fragment is refused too.
    """
    if len(url) > _MOST_CHARACTERS or not _PLAIN_URL.fullmatch(url):
        raise ValueError("a URL contains characters that no URL has, or is too long")
    parts = urlsplit(url)
    if parts.scheme == "file":
        if not local or parts.netloc:
            raise ValueError("a URL of a local file is allowed only in a plugin index in a local folder")
        return
    if "@" in parts.netloc:
        raise ValueError("a URL must not contain credentials")
    host, _ = parts.hostname, parts.port  # the port is parsed when it is read
    if not host or parts.scheme not in ("https", "http"):
        raise ValueError("a URL must begin with https:// and a host")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("a URL must begin with https://; http:// is allowed only for this machine")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("127.0.0.1.example.com")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_file_url(url: str) -> str:
    """Refuse a URL whose last part is not the name of a file; return that name."""
    check_url(url, local=True)
    name = file_name(url)
    if not _FILE_NAME.fullmatch(name):
        raise ValueError("the last part of a file's URL is not the name of a file")
    return name


def file_name(url: str) -> str:
    """Return the last part of a URL's path, under which installers store the file."""
    return unquote(url.partition("?")[0].rpartition("/")[2])


def check_git_url(url: str) -> None:
    """Refuse a URL that pip does not read as a commit of a repository, and a folder outside that repository."""
    address, _, fragment = url.removeprefix("git+").partition("#")
    folder = unquote(fragment.removeprefix("subdirectory="))
    if fragment and (not folder or folder.startswith(("/", "-")) or not {"", ".", ".."}.isdisjoint(folder.split("/"))):
        raise ValueError("the subdirectory of a git URL is not a folder inside the repository")
    check_url(address.rpartition("@")[0], local=True)


@lru_cache(_KEPT)
def check_version(text: str) -> None:
    """Refuse a version that is not normalized (PEP 440)."""
    version = parse_version(text)
    if version is None or str(version) != text:
        raise ValueError(f"{text[:100]!r} is not a normalized version (PEP 440)")


@lru_cache(_KEPT)
def check_specifier(text: str) -> None:
    """Refuse a text that is not a set of version specifiers."""
    try:
        SpecifierSet(text)
    except ValueError as error:
        raise ValueError(f"{text[:100]!r} is not a version specifier") from error


@lru_cache(_KEPT)
def check_requirement(text: str) -> None:
    """Refuse a text that is not a requirement (PEP 508); one with a URL would install an unknown file."""
    try:
        requirement = Requirement(text)
    except ValueError as error:
        raise ValueError(f"{text[:100]!r} is not a requirement (PEP 508)") from error
    if requirement.url is not None:
        raise ValueError(f"the requirement {text[:100]!r} names a URL")


@lru_cache(_KEPT)
def check_time(text: str) -> None:
    """Refuse a time or date that does not exist, such as a month 13."""
    datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_import_name(text: str) -> None:
    """Refuse a text that is not a module's name."""
    if not all(part.isidentifier() for part in text.split(".")):
        raise ValueError(f"{text[:100]!r} is not the name of a module")


def check_wheel_name(file: str, name: str, version: str) -> None:
    """Refuse a wheel that belongs to another distribution or version; installers would install that one."""
    if not file.endswith(".whl"):
        return
    try:
        project, found, _, _ = parse_wheel_filename(file)
    except ValueError as error:
        raise ValueError(f"{file[:100]!r} is not the name of a wheel") from error
    if project != canonicalize_name(name) or found != parse_version(version):
        raise ValueError(f"{file[:100]!r} is not a wheel of {name} {version}")


def check_unique(values: list[str], what: str) -> None:
    """Refuse a value that appears twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"the {what} {value!r} appears twice")
        seen.add(value)
