"""Whether two specifiers mean the same, however they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.specifiers import SpecifierSet

_LONGEST = 20
"""Numbers that a version may have before nobody means it."""

_ENDS = ("", ".dev0", "a1", "rc1", "rc9", ".post1", ".post9")


def are_equivalent(one: SpecifierSet, other: SpecifierSet) -> bool:
    """Whether they admit the same versions, at and around every version that either of them names.

    poetry-core, for one, writes ``~=1.17.0`` as ``>=1.17.0,<1.18.0``.
    """
    try:
        return one == other or _agree(one, other)
    except ValueError:  # "===" takes any text, and a number may be longer than Python reads
        return False


def _agree(one: SpecifierSet, other: SpecifierSet) -> bool:
    named = {Version(clause.version.removesuffix(".*")) for clause in (*one, *other)}
    if any(len(version.release) > _LONGEST for version in named):
        return False
    tried = (near for version in named for near in _around(version))
    return all(
        one.contains(version, prereleases=True) == other.contains(version, prereleases=True) for version in tried
    )


def _around(version: Version) -> Iterator[Version]:
    """A version, and its neighbours: where each of its numbers is one more or less, and what comes before and after."""
    release = (*version.release, 0, 0)[: max(3, len(version.release))]
    yield version
    for numbers in (release, *_steps(release)):
        dotted = ".".join(map(str, numbers))
        yield from (Version(f"{version.epoch}!{dotted}{end}") for end in _ENDS)


def _steps(release: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for index, number in enumerate(release):
        rest = (0,) * (len(release) - index - 1)
        yield (*release[:index], number + 1, *rest)
        if number:
            yield (*release[:index], number - 1, *rest)
