"""Where two builds of one file differ."""

from __future__ import annotations

import io
import tarfile
import zipfile

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 5
"""How many names a sentence lists."""


def difference(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> str:
    """A sentence about how two builds of the same plugin differ, or nothing."""
    if one.keys() != other.keys():
        return f"one build made {', '.join(one)}, and another {', '.join(other)}"
    for name, data in one.items():
        if data != other[name]:
            members = _differing(_members(name, data), _members(name, other[name]))
            return f"it is not reproducible: {name} differs between two builds, in {members}"
    return ""


def _differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> str:
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more if names else "the order or the times of its files"


def _members(name: str, data: bytes) -> dict[str, bytes]:
    if name.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {each: archive.read(each) for each in archive.namelist()}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        files = ((member.name, archive.extractfile(member)) for member in archive.getmembers() if member.isfile())
        return {each: file.read() for each, file in files if file is not None}
