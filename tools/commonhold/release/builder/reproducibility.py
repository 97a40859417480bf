"""Where two builds of one file differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive import open_archive
from commonhold.release.model.plan import Artifact
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAMES = 5
"""How many names a sentence lists."""


def describe_difference(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> str:
    """A sentence about how two builds of the same plugin differ, or nothing."""
    if one.keys() != other.keys():
        return f"one build made {', '.join(one)}, and another {', '.join(other)}"
    for name, data in one.items():
        if data != other[name]:
            where = _differing(member_hashes(name, data), member_hashes(name, other[name]))
            return f"it is not reproducible: {name} differs between two builds, in {where}"
    return ""


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    names = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    return listed(names, MAX_NAMES) if names else "the order or the times of its files"


def member_hashes(name: str, data: bytes) -> Mapping[str, str]:
    """The files in an artifact, as far as they can be read, each with its hash."""
    # The bytes are foreign: they are read as an inspection reads them.
    opened = open_archive(Artifact(name, "", len(data)), data)
    return {path: member.sha256 for path, member in opened.members.items()}
