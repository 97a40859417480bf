"""Whether all programs that read a zip file see the same files in it.

A zip file tells its contents twice: before each file, and in a directory at the end. PyPI refuses a wheel in
which these differ (its announcement of 2025-08-07, "Preventing ZIP parser confusion attacks").
"""

from __future__ import annotations

import io
import struct
import zipfile

from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# APPNOTE.TXT, 4.3.7 (local file header) and 4.3.16 (end of central directory record).
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_END = struct.Struct("<4sHHHHLLH")
_DIRECTORY_ENTRY = 46
_STREAMED = 0x08


def framing(data: bytes) -> str | None:
    """What is wrong with how a zip file is put together; ``None`` when nothing is. Raises ``BadZipFile``."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _end(data, archive) or _files(data, archive.infolist(), archive.start_dir)


def _end(data: bytes, archive: zipfile.ZipFile) -> str | None:
    at = len(data) - _END.size
    if at < 0 or data[at : at + 4] != b"PK\5\6":
        return "has a comment, or data after its end"
    _, disk, first_disk, here, total, size, offset, comment = _END.unpack_from(data, at)
    entries = archive.infolist()
    named = sum(_DIRECTORY_ENTRY + len(_raw_name(info)) + len(info.extra) + len(info.comment) for info in entries)
    if disk or first_disk or here != total or comment:
        return "is of several parts, or has a comment"
    if total != len(entries) or size != named or offset != archive.start_dir or offset + size != at:
        return "has a directory that is not what its end tells"
    return None


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
