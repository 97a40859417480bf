"""What a wheel says of itself."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.metadata import RawMetadata

MAX_METADATA_BYTES = 1 << 24
"""Bytes of metadata that are read: an archive may unpack to much more than it weighs."""


def read_wheel_metadata(wheel: bytes) -> RawMetadata:
    """The core metadata in a wheel (binary distribution format, ``*.dist-info/METADATA``); empty where it has none."""
    from packaging.metadata import parse_email

    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            for info in archive.infolist():
                name, usual = info.filename, info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
                if usual and name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                    with archive.open(info) as file:
                        return parse_email(file.read(MAX_METADATA_BYTES))[0]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError):
        pass
    return {}
