"""Versions of a release (PEP 440): what may be released, what follows what, and how others require it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from commonhold.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from packaging.requirements import Requirement

    Series: TypeAlias = tuple[int, int, int]


def parse_release(text: str) -> Version:
    """The version that a person typed. Raises ``UsageError`` for what no index takes: no version, or a local one."""
    version = parse_version(text)
    if version is None:
        raise UsageError(
            f"{text!r} is no version", hint="Versions are those of PEP 440, such as 1.17.0, 1.17.0rc1 or 1.17.0.post1."
        )
    if version.local is not None:
        raise UsageError(
            f"{version} is a local version, and an index takes none", hint=f"Release {version.public} instead."
        )
    return version


@cache  # the same tags are read for every plugin, and most plugins have the same versions
def parse_version(text: str) -> Version | None:
    """The version that a text is, if it is one."""
    try:
        return Version(text)
    except ValueError:  # also for numbers of more digits than Python reads
        return None


def series(version: Version) -> Series:
    """Epoch, major and minor number: what a fix keeps.

    >>> series(Version("1.17.2rc1"))
    (0, 1, 17)
    """
    return version.epoch, version.major, version.minor


def overtaking(version: Version, released: Iterable[Version]) -> Version | None:
    """The highest of the versions of the same series, where it is higher than ``version``: installers prefer it."""
    last = max((other for other in released if series(other) == series(version)), default=version)
    return last if last > version else None


def next_post(version: Version, released: Iterable[Version]) -> Version:
    """The post-release of ``version`` that comes after those that there are.

    Raises ``UsageError`` for a development release.

    >>> str(next_post(Version("1.17.0"), [Version("1.17.0"), Version("1.17.0.post2")]))
    '1.17.0.post3'
    """
    if version.is_devrelease:
        raise UsageError(
            f"{version} is a development release, and these have no post-releases", hint="Release the next one."
        )
    base = _without_post(version)
    last = max((other.post or 0 for other in released if _without_post(other) == base), default=0)
    return Version(f"{base}.post{max(last, version.post or 0) + 1}")


def last_post(version: Version, released: Iterable[Version]) -> Version:
    """The last of those that are ``version`` or a post-release of it.

    >>> str(last_post(Version("1.17.0"), [Version("1.17.0"), Version("1.17.0.post2"), Version("1.17.1")]))
    '1.17.0.post2'
    """
    base = _without_post(version)
    same = (other for other in released if _without_post(other) == base and not other.is_devrelease)
    return max(same, default=version)


def _without_post(version: Version) -> Version:
    pre = "".join(map(str, version.pre)) if version.pre else ""
    return Version(f"{version.epoch}!{version.base_version.rpartition('!')[2]}{pre}")


def pin_to(policy: str, version: Version) -> str | None:
    """The specifier that a requirement gets by a policy: ``~=``, ``==``, or none by ``as-written``.

    ``~=`` stays in the series, however many numbers the version is written with.

    >>> pin("~=", Version("1.17")), pin("==", Version("1.17.0rc1"))
    ('~=1.17.0', '==1.17.0rc1')
    """
    if policy == "as-written":
        return None
    return f"~={_at_length(version)}" if policy == "~=" else f"=={version}"


def _at_length(version: Version) -> str:
    """A version whose release has three numbers or more: ``~=`` lets the last of them grow."""
    release = ".".join(map(str, (*version.release, 0, 0)[: max(3, len(version.release))]))
    before = f"{version.epoch}!" if version.epoch else ""
    return f"{before}{release}{str(version.public)[len(version.base_version) :]}"


def admits_any(requirements: Iterable[Requirement], versions: Iterable[Version]) -> bool:
    """Whether requirements on one project, as they are written, admit one of the versions.

    A requirement under a marker holds somewhere only: of several, one is enough.
    """
    written = list(requirements)
    always = ",".join(str(each.specifier) for each in written if each.marker is None and each.specifier)
    sometimes = [str(each.specifier) for each in written if each.marker is not None] or [""]
    there = tuple(versions)
    return any(admits(",".join(filter(None, (always, each))), there) for each in sometimes)


def admits(specifier: str, versions: Iterable[Version]) -> bool:
    """Whether a specifier set admits one of the versions, pre-releases too; one that is none admits all."""
    try:
        allowed = SpecifierSet(specifier)
    except InvalidSpecifier:
        return any(True for _ in versions)
    return any(allowed.contains(version, prereleases=True) for version in versions)
