"""RECORD: whether it names exactly the files of its wheel, each with its hash and size."""

from __future__ import annotations

import base64
import csv
import io
from typing import TYPE_CHECKING

from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonhold.release.inspect.check_context import Wheel

_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")


def check_record(wheel: Wheel) -> Iterator[RawFinding]:
    """What differs between RECORD and the wheel. Installers and PyPI compare them too."""
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
        path, told, size = (*row, "", "", "")[:3]
        if path in seen:
            yield _finding(wheel, f"names {path} twice", path)
        seen.add(path)
        wrong = "" if path in unhashed else _entry(wheel, path, told, size)
        if wrong:
            yield _finding(wheel, f"{wrong} {path}", path)
    for path in wheel.archive.members.keys() - seen - (unhashed - {f"{wheel.info}/RECORD"}):
        yield _finding(wheel, f"does not name {path}", path)


def _entry(wheel: Wheel, path: str, told: str, size: str) -> str:
    member = wheel.archive.members.get(path)
    if member is None:
        return "names what the wheel does not hold:"
    algorithm, _, digest = told.partition("=")
    if algorithm != "sha256":
        return "has no SHA-256 of"
    wanted = base64.urlsafe_b64encode(bytes.fromhex(member.sha256)).decode("ascii").rstrip("=")
    if digest != wanted:
        return "has another hash of"
    return "" if not size or size == str(member.size) else "has another size of"


def _finding(wheel: Wheel, message: str, about: str = "") -> RawFinding:
    return RawFinding("record", f"RECORD of {wheel.archive.artifact.name} {message}", about)
