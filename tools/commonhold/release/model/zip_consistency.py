"""Whether all programs that read a zip file see the same files in it.

A zip file tells its contents twice: before each file, and in a directory at the end. PyPI refuses a wheel in
which these differ (its announcement of 2025-08-07, "Preventing ZIP parser confusion attacks").
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# APPNOTE.TXT, 4.3.7 (local file header), 4.3.12 (central directory: the lengths of a name, of what is added to it, and
# of a comment), 4.3.15 (zip64 locator) and 4.3.16 (end of central directory record).
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_END = struct.Struct("<4sHHHHLLH")
_DIRECTORY_ENTRY = struct.Struct("<28xHHH12x")
_LOCATOR = 20
_STREAMED = 0x08


def find_inconsistency(data: bytes) -> str | None:
    """What is wrong with how a zip file is put together; ``None`` when nothing is. Raises ``BadZipFile``."""
    wrong = _end(data)
    if wrong:
        return wrong
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _files(data, archive.infolist(), archive.start_dir)


def _end(data: bytes) -> str | None:
    """What is wrong with the end and the directory, of which :mod:`zipfile` would read whatever it is told to."""
    at = len(data) - _END.size
    if at < 0 or data[at : at + 4] != b"PK\5\6":
        return "has a comment, or data after its end"
    _, disk, first_disk, here, total, size, offset, comment = _END.unpack_from(data, at)
    if disk or first_disk or here != total or comment:
        return "is of several parts, or has a comment"
    if offset + size != at or _after(data, offset, total) != at or data[at - _LOCATOR : at - _LOCATOR + 4] == b"PK\6\7":
        return "has a directory that is not what its end tells"
    return None


def _after(data: bytes, at: int, total: int) -> int | None:
    """Where a directory of so many entries ends."""
    for _ in range(total):
        if data[at : at + 4] != b"PK\1\2" or at + _DIRECTORY_ENTRY.size > len(data):
            return None
        at += _DIRECTORY_ENTRY.size + sum(_DIRECTORY_ENTRY.unpack_from(data, at))
    return at


def _files(data: bytes, entries: Iterable[zipfile.ZipInfo], end: int) -> str | None:
    at = 0
    for info in sorted(entries, key=lambda info: info.header_offset):
        if info.header_offset != at or at + _LOCAL.size > end:
            return "has data that its directory does not tell of"
        if info.comment:
            return f"has a comment on {info.filename!r}"
        signature, _, flags, method, _, _, crc, packed, size, name_length, extra = _LOCAL.unpack_from(data, at)
        name = data[at + _LOCAL.size : at + _LOCAL.size + name_length]
        told = (method, crc, packed, size, name)
        if signature != b"PK\3\4":
            return "has data that its directory does not tell of"
        if flags & _STREAMED:
            return f"tells the size of {info.filename!r} only after it"
        if told != (info.compress_type, info.CRC, info.compress_size, info.file_size, _raw_name(info)):
            return f"tells otherwise of {info.filename!r} in its directory than before the file"
        at += _LOCAL.size + name_length + extra + packed
    return None if at == end else "has data that its directory does not tell of"


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
