"""Read the core metadata of a wheel."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.metadata import RawMetadata

MAX_METADATA_BYTES = 1 << 24
"""The number of bytes that are read of the metadata: a small archive can unpack to any size."""


def read_wheel_metadata(wheel: bytes) -> RawMetadata:
    """Read the ``*.dist-info/METADATA`` of a wheel; empty if it has none or cannot be read.

    The caller loses only a requirement to order by or a maintainer to name: inspection rejects such a wheel.
    """
    from packaging.metadata import parse_email

    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            for info in archive.infolist():
                name = info.filename
                is_supported = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
                if is_supported and name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                    with archive.open(info) as file:
                        return parse_email(file.read(MAX_METADATA_BYTES))[0]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError):
        pass
    return {}
