"""Assign versions of the core to series, and decide which series a range of core versions admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterator

NIGHTLY = "nightly"
"""The series of development and local versions of the core."""

_LAST = 999_999


def series_of(version: Version, rule: str = "{major}.{minor}") -> str:
    """Return the series of a version of the core; a pre-release belongs to the series of the coming release.

    >>> series_of(Version("1.17.0b1")), series_of(Version("1.17.0.dev3")), series_of(Version("19.0.2"), "{major}")
    ('1.17', 'nightly', '19')
    """
    if version.is_devrelease or version.local is not None:
        return NIGHTLY
    return rule.format(major=version.major, minor=version.minor)


def series_order(name: str) -> tuple[int, ...]:
    """Return a key that sorts series from the oldest to the newest; ``nightly`` is last.

    >>> sorted(["nightly", "1.10", "1.9"], key=series_order)
    ['1.9', '1.10', 'nightly']
    """
    return (_LAST,) if name == NIGHTLY else tuple(map(int, name.split(".")))


def admits_series(specifier: str, series: str) -> bool:
    """Return whether a range of core versions admits a version of a series. An empty range admits every version.

    A range says nothing about nightly versions, because their numbers do not show their content: it admits them.

    >>> admits_series(">=1.16.3,<1.17", "1.16"), admits_series("<1.16", "1.16"), admits_series("==1.16.7", "1.16")
    (True, False, True)
    """
    if series == NIGHTLY:
        return True
    allowed = SpecifierSet(specifier)
    return any(allowed.contains(version, prereleases=True) for version in _candidates(allowed, series))


def _candidates(allowed: SpecifierSet, series: str) -> Iterator[Version]:
    """Yield versions of a series of which a range admits one, if it admits any: both ends, and those that it names."""
    width = series.count(".") + 1
    yield Version(f"{series}.0" if width > 1 else f"{series}.0.0")
    yield Version(f"{series}.{_LAST}" if width > 1 else f"{series}.{_LAST}.{_LAST}")
    yield Version(f"{series}.0rc{_LAST}")
    for clause in allowed:
        named = parse_version(clause.version.removesuffix(".*"))
        if named is None:
            continue
        for version in (named, *_neighbours(named)):
            if series_of(Version(version.public), _rule(width)) == series:
                yield version


def _neighbours(version: Version) -> Iterator[Version]:
    major, minor, micro = version.major, version.minor, version.micro
    yield Version(f"{major}.{minor}.{micro + 1}")
    yield Version(f"{major}.{minor + 1}.0")
    if micro:
        yield Version(f"{major}.{minor}.{micro - 1}")
    elif minor:
        yield Version(f"{major}.{minor - 1}.{_LAST}")


def _rule(width: int) -> str:
    return "{major}" if width == 1 else "{major}.{minor}"
