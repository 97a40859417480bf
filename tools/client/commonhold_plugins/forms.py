"""The forms that values in the documents of a plugin index must have, beyond names and URLs.

The library that writes documents refuses the same values, and a test compares both.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from commonhold_plugins.names import is_distribution, is_short, is_version, normalize
from commonhold_plugins.urls import is_path, url_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from packaging.version import Version

    Form = tuple[Callable[[str], bool], str]

_LONGEST = 1000
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
_FRACTION = re.compile(r"\.[0-9]+")
_MAIL = re.compile(r"mailto:[^\s@<>]+@[^\s@<>]+")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}", re.ASCII)


def hidden_text(value: object) -> str | None:
    """Return a text in a JSON value that contains control characters, or invisible ones that hide or reorder text."""
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if not each.isprintable() and _HIDDEN.search(each):
                return each
        elif isinstance(each, dict):
            waiting += each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return None


def time_of(text: str) -> float | None:
    """Return the seconds since 1970 of a time (RFC 3339), or ``None`` if text is none.

    >>> time_of("2026-11-30T10:00:00Z"), time_of("2026-11-30")
    (1796032800.0, None)
    """
    if not _TIME.fullmatch(text):
        return None
    try:  # Python 3.10 reads neither "Z" nor every number of digits in a fraction
        return datetime.fromisoformat(_FRACTION.sub("", text).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


def is_time(text: str) -> bool:
    """Whether text is a time (RFC 3339)."""
    return time_of(text) is not None


def is_day(text: str) -> bool:
    """Whether text is a date (RFC 3339)."""
    return len(text) == 10 and is_time(f"{text}T00:00:00Z")


def is_reference(text: str) -> bool:
    """Whether text is the name of a plugin, possibly after that of a tier or plugin index."""
    source, slash, name = text.rpartition("/")
    return is_distribution(name) and (not slash or is_short(source))


def is_contact(text: str) -> bool:
    """Whether text is a ``mailto:`` or https URL."""
    return _MAIL.fullmatch(text) is not None or (text.startswith("https:") and url_problem(text) is None)


@lru_cache(maxsize=10_000)
def is_specifier(text: str) -> bool:
    """Whether text is a version specifier of PEP 440."""
    if len(text) > _LONGEST:
        return False
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


@lru_cache(maxsize=10_000)
def is_requirement(text: str) -> bool:
    """Whether text is a requirement (PEP 508) without a URL, which would install an unknown file."""
    if len(text) > _LONGEST:
        return False
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text).url is None
    except (InvalidRequirement, RecursionError):
        return False


def is_module(text: str) -> bool:
    """Whether text is the name of a module."""
    return all(part.isidentifier() for part in text.split("."))


@lru_cache(maxsize=100_000)
def parsed_version(text: str) -> Version:
    """Return a version; the caller has checked its form."""
    from packaging.version import Version

    return Version(text)


def is_normalized_version(text: str) -> bool:
    """Whether text is a version in the form that PEP 440 defines, so that equal versions are equal texts."""
    return is_version(text) and str(parsed_version(text)) == text


def file_problem(file: str, plugin: str, version: str) -> str | None:
    """Return why a file cannot be one of a release; installers take the name and version from a wheel's file name."""
    if not _FILE_NAME.fullmatch(file):
        return f"has a file whose URL does not end with a file's name: {file[:100]!a}"
    if not file.endswith(".whl"):
        return None
    name, _, rest = file.partition("-")
    found = rest.partition("-")[0].replace("_", "-")
    if file.count("-") not in (4, 5) or normalize(name) != plugin or not is_version(found):
        return f"has the file {file[:100]}, which is not a wheel of {plugin}"
    if parsed_version(found) != parsed_version(version):
        return f"has the file {file[:100]}, which is a wheel of another version"
    return None


def one_of(*words: str) -> Form:
    """Return the form of a value that is one of some words."""
    return words.__contains__, f"one of {', '.join(words)}"


def _matching(pattern: str, description: str) -> Form:
    compiled = re.compile(pattern, re.ASCII)
    return (lambda text: compiled.fullmatch(text) is not None), description


# Each form is a check, and its description for messages: the arguments of the methods of `Fields`.
NAME: Form = (is_distribution, "the normalized name of a distribution")
SHORT: Form = (is_short, "a short name")
REFERENCE: Form = (is_reference, "the name of a plugin")
VERSION: Form = (is_normalized_version, "a normalized version")
SPECIFIER: Form = (is_specifier, "a version specifier")
REQUIREMENT: Form = (is_requirement, "a requirement without a URL")
MODULE: Form = (is_module, "the name of a module")
OBJECT = _matching(r"[^\s:\[\]]+(:[^\s:\[\]]+)?", "an object in a module")
PATH: Form = (is_path, "a path below the base URL")
CONTACT: Form = (is_contact, "a mailto: or https: URL")
LOGIN = _matching(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}", "the name of an account")
TIME: Form = (is_time, "a time")
DAY: Form = (is_day, "a date")
SERIES = _matching(r"[0-9]{1,15}(\.[0-9]{1,15})?|nightly", "a series")
HASH = _matching(r"[0-9a-f]{64}", "a SHA-256")
COMMIT = _matching(r"[0-9a-f]{40}([0-9a-f]{24})?", "a commit")
