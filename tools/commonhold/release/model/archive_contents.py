"""The files of an artifact that was read without being unpacked, and what is wrong with them."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.release.model.plan import Artifact

MEBIBYTE = 2**20
LARGEST = 100 * 10**6
"""The largest file that PyPI takes, in bytes, if nobody asked for more."""


class RawFinding(NamedTuple):
    """Something wrong. ``about`` tells it from others of its rule, and is the same from release to release."""

    rule: str
    message: str
    about: str = ""


class Member(NamedTuple):
    """One file in an archive: the SHA-256 of its bytes in hexadecimal, and where it leads if it is a link."""

    path: str
    size: int
    sha256: str
    link: str | None = None


class Opened(NamedTuple):
    """An archive that was read without being unpacked.

    ``members`` are its files by path; ``texts`` the contents of those that rules read. ``flaws`` are what was
    found on the way; what is broken is left out of ``members``.
    """

    artifact: Artifact
    members: Mapping[str, Member]
    texts: Mapping[str, bytes]
    flaws: tuple[RawFinding, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel, rather than an sdist."""
        return self.artifact.name.endswith(".whl")
