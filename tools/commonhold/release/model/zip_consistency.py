"""Check that all programs that read a zip file find the same files in it.

A zip file lists its contents twice: in a header before each file, and in the central directory at the end. If these
differ, an installer that reads one and a scanner that reads the other get different files. PyPI rejects such wheels
(announcement of 2025-08-07, "Preventing ZIP parser confusion attacks").
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# APPNOTE.TXT, 4.3.7 (local file header), 4.3.12 (central directory: the lengths of a name, of its extra field, and of
# its comment), 4.3.15 (zip64 locator) and 4.3.16 (end of central directory record).
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_END = struct.Struct("<4sHHHHLLH")
_DIRECTORY_ENTRY = struct.Struct("<28xHHH12x")
_LOCATOR = 20
# Flag bit 3 means that the sizes follow the file, so a program that ignores the directory must guess the file's end.
_SIZES_FOLLOW = 0x08
_UTF8_NAME = 0x800


def find_inconsistency(data: bytes) -> str | None:
    """Describe how the parts of a zip file contradict each other; return ``None`` if they agree.

    Raises ``BadZipFile``.
    """
    problem = _check_end(data)
    if problem:
        return problem
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _check_files(data, archive.infolist(), archive.start_dir)


def _check_end(data: bytes) -> str | None:
    """Check the end record and the directory's extent, which :mod:`zipfile` does not check."""
    # A comment could contain a second end record, and programs differ in which of the two they use.
    at = len(data) - _END.size
    if at < 0 or data[at : at + 4] != b"PK\5\6":
        return "has a comment, or data after its end"
    _, disk, first_disk, here, total, size, offset, comment = _END.unpack_from(data, at)
    if disk or first_disk or here != total or comment:
        return "is split into several parts, or has a comment"
    # A zip64 locator leads to a second end record, which files within PyPI's size limit never need.
    has_zip64 = data[at - _LOCATOR : at - _LOCATOR + 4] == b"PK\6\7"
    if offset + size != at or _directory_end(data, offset, total) != at or has_zip64:
        return "has a central directory that contradicts its end record"
    return None


def _directory_end(data: bytes, at: int, total: int) -> int | None:
    """Return the end of a central directory with ``total`` entries; ``None`` if the directory is incomplete."""
    for _ in range(total):
        if data[at : at + 4] != b"PK\1\2" or at + _DIRECTORY_ENTRY.size > len(data):
            return None
        at += _DIRECTORY_ENTRY.size + sum(_DIRECTORY_ENTRY.unpack_from(data, at))
    return at


def _check_files(data: bytes, entries: Iterable[zipfile.ZipInfo], end: int) -> str | None:
    """Check that only files precede the directory, without gaps, and that each header matches the directory."""
    at = 0
    for info in sorted(entries, key=lambda info: info.header_offset):
        if info.header_offset != at or at + _LOCAL.size > end:
            return "has data that its central directory does not list"
        if info.comment:
            return f"has a comment on {info.filename!r}"
        signature, _, flags, method, _, _, crc, packed, size, name_length, extra = _LOCAL.unpack_from(data, at)
        name = data[at + _LOCAL.size : at + _LOCAL.size + name_length]
        header = (method, crc, packed, size, name)
        if signature != b"PK\3\4":
            return "has data that its central directory does not list"
        if flags & _SIZES_FOLLOW:
            return f"records the size of {info.filename!r} only after its content"
        if header != (info.compress_type, info.CRC, info.compress_size, info.file_size, _raw_name(info)):
            return f"describes {info.filename!r} differently in its central directory and before the file"
        at += _LOCAL.size + name_length + extra + packed
    return None if at == end else "has data that its central directory does not list"


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME else "cp437")
