"""Parse and order versions (PEP 440), number post-releases, and compare versions with requirements' specifiers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from commonhold.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from packaging.requirements import Requirement

    Series: TypeAlias = tuple[int, int, int]


def parse_release(text: str) -> Version:
    """Parse a version from the command line. Raises ``UsageError`` if an index would reject the version."""
    version = parse_version(text)
    if version is None:
        raise UsageError(f"{text!r} is not a version", hint="Use PEP 440 syntax: 1.17.0, 1.17.0rc1 or 1.17.0.post1.")
    return public_version(version)


def public_version(version: Version) -> Version:
    """Return the version unchanged.

    Raises ``UsageError`` for a local version, because indexes reject local versions.
    """
    if version.local is not None:
        raise UsageError(
            f"{version} is a local version, which an index rejects", hint=f"Release {version.public} instead."
        )
    return version


@cache  # Cached: every plugin has the same release tags, and most plugins have the same versions.
def parse_version(text: str) -> Version | None:
    """Parse a version; ``None`` if the text is not a version."""
    try:
        return Version(text)
    except ValueError:  # also raised for a number with more digits than int() accepts
        return None


def series(version: Version) -> Series:
    """Return the epoch, major and minor number, which stay the same in a bug-fix release.

    >>> series(Version("1.17.2rc1"))
    (0, 1, 17)
    """
    return version.epoch, version.major, version.minor


def overtaking(version: Version, released: Iterable[Version]) -> Version | None:
    """Return the highest version of the same series if it is higher than ``version``; installers would prefer it."""
    last = max((other for other in released if series(other) == series(version)), default=version)
    return last if last > version else None


def next_post(version: Version, released: Iterable[Version]) -> Version:
    """Return the next post-release of ``version``, with a number higher than those of all its released post-releases.

    Raises ``UsageError`` for a development release.

    >>> str(next_post(Version("1.17.0"), [Version("1.17.0"), Version("1.17.0.post2")]))
    '1.17.0.post3'
    """
    if version.is_devrelease:
        raise UsageError(
            f"{version} is a development release, which cannot have a post-release", hint="Release the next version."
        )
    # Post-releases of 1.17.0rc1 and of 1.17.0 are numbered separately.
    base = _without_post(version)
    last = max((other.post or 0 for other in released if _without_post(other) == base), default=0)
    return Version(f"{base}.post{max(last, version.post or 0) + 1}")


def last_post(version: Version, released: Iterable[Version]) -> Version:
    """Return the highest version among ``version`` and its post-releases.

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
    """Return the pin specifier for a policy: ``~=`` or ``==``; ``None`` for ``as-written``.

    A ``~=`` pin always stays in the series, even if the version has only two components.

    >>> pin_to("~=", Version("1.17")), pin_to("==", Version("1.17.0rc1"))
    ('~=1.17.0', '==1.17.0rc1')
    """
    if policy == "as-written":
        return None
    return f"~={_at_length(version)}" if policy == "~=" else f"=={version}"


def _at_length(version: Version) -> str:
    """Return the version with at least three components, because ``~=`` allows the last component to increase."""
    release = ".".join(map(str, (*version.release, 0, 0)[: max(3, len(version.release))]))
    before = f"{version.epoch}!" if version.epoch else ""
    return f"{before}{release}{str(version.public)[len(version.base_version) :]}"


def admits_any(requirements: Iterable[Requirement], versions: Iterable[Version]) -> bool:
    """Return whether the requirements on one project admit at least one of the versions.

    A requirement with a marker applies only to some environments, so it is enough if one of the requirements admits a
    version.
    """
    listed = list(requirements)
    # Requirements without a marker apply together with each requirement that has one.
    always = ",".join(str(each.specifier) for each in listed if each.marker is None and each.specifier)
    sometimes = [str(each.specifier) for each in listed if each.marker is not None] or [""]
    available = tuple(versions)
    return any(admits(",".join(filter(None, (always, each))), available) for each in sometimes)


def admits(specifier: str, versions: Iterable[Version]) -> bool:
    """Return whether a specifier set admits any of the versions, including pre-releases; an invalid set admits all."""
    try:
        allowed = SpecifierSet(specifier)
    except ValueError:  # also for numbers of thousands of digits
        return any(True for _ in versions)
    return any(allowed.contains(version, prereleases=True) for version in versions)
