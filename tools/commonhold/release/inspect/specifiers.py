"""Compare version specifiers by the versions that they admit, not by their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.specifiers import SpecifierSet

_MAX_RELEASE_PARTS = 20
"""The maximum number of components in a version; a hostile specifier could have so many that this check hangs."""

_SUFFIXES = ("", ".dev0", "a1", "rc1", "rc9", ".post1", ".post9")


def are_equivalent(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Return whether two specifiers agree about every version that they mention, and about the neighbouring versions.

    Backends rewrite specifiers: poetry-core, for example, writes ``~=1.17.0`` as ``>=1.17.0,<1.18.0``. The packaging
    library compares only the text of specifiers.
    """
    try:
        return one == other or _agree(one, other)
    except ValueError:  # "===" accepts any text, and Python limits the digits of a number (CVE-2020-10735)
        return False


def _agree(one: SpecifierSet, other: SpecifierSet) -> bool:
    named = {Version(clause.version.removesuffix(".*")) for clause in (*one, *other)}
    if any(len(version.release) > _MAX_RELEASE_PARTS for version in named):
        return False
    # The result of a specifier changes only at the versions that it names, so trying their neighbours is enough.
    tried = (near for version in named for near in _neighbours(version))
    return all(
        one.contains(version, prereleases=True) == other.contains(version, prereleases=True) for version in tried
    )


def _neighbours(version: Version) -> Iterator[Version]:
    """Yield a version and its neighbours: each component raised or lowered by one, and each kind of suffix added."""
    release = (*version.release, 0, 0)[: max(3, len(version.release))]
    yield version
    for parts in (release, *_steps(release)):
        dotted = ".".join(map(str, parts))
        yield from (Version(f"{version.epoch}!{dotted}{suffix}") for suffix in _SUFFIXES)


def _steps(release: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for index, number in enumerate(release):
        rest = (0,) * (len(release) - index - 1)
        yield (*release[:index], number + 1, *rest)
        if number:
            yield (*release[:index], number - 1, *rest)
