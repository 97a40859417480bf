"""Check that RECORD lists exactly the files of its wheel, each with its hash and size."""

from __future__ import annotations

import base64
import csv
import io
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.inspect.check_context import Wheel

# The format does not require hashes for RECORD, which cannot contain its own hash, or for its signatures.
_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")


def check_record(wheel: Wheel) -> Iterator[RawFinding]:
    """Report differences between RECORD and the wheel. Installers and PyPI reject a wheel with such a difference."""
    data = wheel.archive.texts.get(f"{wheel.info}/RECORD")
    if data is None:
        return
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        yield _finding(wheel, f"cannot be read: {error}")
        return
    unhashed = {f"{wheel.info}/{name}" for name in _UNHASHED}
    seen: set[str] = set()
    for row in rows:
        if not row:
            continue
        path, recorded_hash, size = (*row, "", "", "")[:3]
        if path in seen:
            yield _finding(wheel, f"lists {path} twice", path)
        seen.add(path)
        problem = "" if path in unhashed else _check_row(wheel, path, recorded_hash, size)
        if problem:
            yield _finding(wheel, f"{problem} {path}", path)
    # The signatures may be missing from RECORD, but RECORD itself must be listed.
    for path in wheel.archive.members.keys() - seen - (unhashed - {f"{wheel.info}/RECORD"}):
        yield _finding(wheel, f"does not list {path}", path)


def _check_row(wheel: Wheel, path: str, recorded_hash: str, size: str) -> str:
    """Return an error message to print before the path of a row, or an empty string."""
    member = wheel.archive.members.get(path)
    if member is None:
        return "lists a file that is not in the wheel:"
    algorithm, _, digest = recorded_hash.partition("=")
    # The format requires SHA-256 or a stronger hash, and every backend writes SHA-256.
    if algorithm != "sha256":
        return "has no SHA-256 for"
    expected = base64.urlsafe_b64encode(bytes.fromhex(member.sha256)).decode("ascii").rstrip("=")
    # uv_build before 0.8.13 writes the hash in hexadecimal, and no installer or index objects to that.
    if digest not in (expected, member.sha256):
        return "has a different hash for"
    return "" if not size or size == str(member.size) else "has a different size for"


def _finding(wheel: Wheel, message: str, about: str = "") -> RawFinding:
    return RawFinding("record", f"RECORD of {wheel.archive.artifact.name} {message}", about)
