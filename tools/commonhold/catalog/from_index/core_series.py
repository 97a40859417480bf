"""Find the series of the core, and the Python versions of each series, from the core's releases on a package index."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from commonhold.catalog.series import NIGHTLY, series_of, series_order
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonhold.index.page import IndexFile

LATEST_SERIES = 6
"""The number of series to list by default."""

_PYTHONS = tuple(f"3.{minor}" for minor in range(6, 21))


@dataclass(frozen=True, slots=True)
class ReleasedSeries:
    """A series of the core with a release: ``pythons`` are the Python versions that its releases admit."""

    name: str
    is_open: bool
    pythons: frozenset[str]


def find_series(files: Iterable[IndexFile], rule: str, latest: int = LATEST_SERIES) -> Sequence[ReleasedSeries]:
    """Return the latest series of the core, the oldest first.

    The series of the newest release is open, and so is that of a pre-release of the coming release.
    """
    pythons: dict[str, set[str]] = defaultdict(set)
    final: set[str] = set()
    for file in files:
        version = parse_version(file.version or "")
        if version is None or file.yanked or (name := series_of(version, rule)) == NIGHTLY:
            continue
        pythons[name] |= admitted_pythons(file.details.requires_python)
        if not version.is_prerelease:
            final.add(name)
    newest = max(final, key=series_order, default="")
    names = sorted((name for name in pythons if name in final or _is_after(name, newest)), key=series_order)[-latest:]
    return [ReleasedSeries(name, name == newest or _is_after(name, newest), frozenset(pythons[name])) for name in names]


def _is_after(name: str, newest: str) -> bool:
    return not newest or series_order(name) > series_order(newest)


@cache
def admitted_pythons(requires_python: str) -> frozenset[str]:
    """Return the versions of Python, such as ``3.12``, that a range admits; an invalid range admits every version."""
    try:
        allowed = SpecifierSet(requires_python)
        # A range such as ">=3.10.2" excludes the first release of a version of Python.
        return frozenset(each for each in _PYTHONS if allowed.contains(f"{each}.0") or allowed.contains(f"{each}.99"))
    except (InvalidSpecifier, ValueError):
        return frozenset(_PYTHONS)
