"""Load the templates, with the filters that they use."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Mapping

HUES = 10
"""The number of colours of letter tiles."""

STATE_NAMES: Mapping[str, str] = {
    "active": "Active",
    "noticed": "May be retired",
    "orphaned": "Looks for a maintainer",
    "retired": "Retired",
    "quarantined": "Quarantined",
}
_TONES = {"active": "good", "noticed": "warn", "orphaned": "warn", "quarantined": "bad"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@cache
def template_environment() -> Environment:
    """Return the environment of the templates: every value is escaped, and an undefined name is an error."""
    environment = Environment(
        loader=PackageLoader("commonhold.catalog.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "breakable": _breakable,
        "day": day_text,
        "file_kind": _file_kind,
        "hue": hue_of,
        "letter": letter_of,
        "size": size_text,
        "state_name": STATE_NAMES.__getitem__,
        "tone": lambda state: _TONES.get(state, ""),
    }
    return environment


def asset(name: str) -> bytes:
    """Return the content of a file that the pages load."""
    return files("commonhold.catalog.site").joinpath("assets").joinpath(name).read_bytes()


@cache
def engine_digest() -> bytes:
    """Return a hash of everything that determines the pages besides the documents: this package's files."""
    digest = hashlib.sha256()
    package = files("commonhold.catalog.site")
    for folder in (package, package.joinpath("templates"), package.joinpath("assets")):
        for file in sorted((each for each in folder.iterdir() if each.is_file()), key=lambda each: each.name):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.digest()


def day_text(text: str) -> str:
    """Return a day or a time as readers write a day.

    >>> day_text("2026-11-30T10:00:00Z")
    '30 November 2026'
    """
    year, month, day = text[:10].split("-")
    return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"


def size_text(size: int) -> str:
    """Return the size of a file.

    >>> size_text(900), size_text(12_345), size_text(3_200_000)
    ('900 B', '12 kB', '3.2 MB')
    """
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def hue_of(name: str) -> int:
    """Return the colour of a name, which is always the same."""
    return hashlib.sha256(name.encode()).digest()[0] % HUES


def letter_of(name: str) -> str:
    """Return the letter that stands for a name.

    >>> letter_of("spark"), letter_of("_x"), letter_of("-")
    ('S', 'X', '#')
    """
    return next((char.upper() for char in name if char.isalnum()), "#")[:1]


def _breakable(reference: str) -> Markup:
    """Allow line breaks between the parts of an object reference, so that long ones fit a narrow column."""
    return escape(reference).replace(".", Markup(".<wbr>")).replace(":", Markup(":<wbr>"))


def _file_kind(name: str) -> str:
    return "wheel" if name.endswith(".whl") else "sdist" if name.endswith((".tar.gz", ".zip")) else name
