"""Describe the differences between two builds of the same plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.model.archive import open_archive
from commonhold.release.model.plan import Artifact
from commonhold.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAMES = 5
"""The maximum number of names in a message."""


def describe_difference(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> str:
    """Describe how two builds differ; return an empty string if all their bytes are equal."""
    if one.keys() != other.keys():
        return f"one build made {', '.join(one)}, and another one {', '.join(other)}"
    for name, data in one.items():
        if data != other[name]:
            where = _differing_members(member_hashes(name, data), member_hashes(name, other[name]))
            return f"it is not reproducible: {name} differs between two builds, in {where}"
    return ""


def _differing_members(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    names = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    return listed(names, MAX_NAMES) if names else "the order or the timestamps of its files"


def member_hashes(name: str, data: bytes) -> Mapping[str, str]:
    """Return the SHA-256 of each readable file in an artifact."""
    # The artifact may be hostile, so the limits of an inspection apply here too.
    contents = open_archive(Artifact(name, "", len(data)), data)
    return {path: member.sha256 for path, member in contents.members.items()}
