"""Find the series of a core's version, and the version of an installed core."""

from __future__ import annotations

import re

_FINAL = re.compile(r"(?P<major>\d{1,9})(\.(?P<minor>\d{1,9}))?(\.\d{1,9})*", re.ASCII)

NIGHTLY_SERIES = "nightly"
DEFAULT_RULE = "{major}.{minor}"


def series_of(version: str, rule: str = DEFAULT_RULE) -> str:
    """Return the series of a version of the core: ``nightly`` for a development or local version.

    >>> series_of("1.17.0b1"), series_of("1.17.0.dev3"), series_of("19.0.2", "{major}")
    ('1.17', 'nightly', '19')
    """
    if match := _FINAL.fullmatch(version):  # packaging.version takes long to import
        return rule.format(major=int(match["major"]), minor=int(match["minor"] or 0))
    from packaging.version import Version

    parsed = Version(version)
    if parsed.is_devrelease or parsed.local:
        return NIGHTLY_SERIES
    return rule.format(major=parsed.major, minor=parsed.minor)
