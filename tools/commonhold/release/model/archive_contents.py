"""The files of an artifact that was read without being unpacked, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.release.model.plan import Artifact

MEBIBYTE = 2**20
MAX_FILE_BYTES = 100 * 10**6
"""The largest file that PyPI takes, in bytes, if nobody asked for more."""


@dataclass(frozen=True, slots=True)
class RawFinding:
    """Something wrong. ``about`` tells it from others of its rule, and is the same from release to release."""

    rule: str
    message: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One file in an archive: the SHA-256 of its bytes in hexadecimal, and where it leads if it is a link."""

    path: str
    size: int
    sha256: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """An archive that was read without being unpacked.

    ``members`` are its files by path; ``texts`` the contents of those that rules read. ``findings`` are what was
    found on the way; what is broken is left out of ``members``.
    """

    artifact: Artifact
    members: Mapping[str, ArchiveMember]
    texts: Mapping[str, bytes]
    findings: tuple[RawFinding, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel, rather than an sdist."""
        return self.artifact.name.endswith(".whl")
