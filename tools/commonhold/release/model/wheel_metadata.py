"""Read the core metadata of a wheel."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.metadata import RawMetadata

MAX_METADATA_BYTES = 1 << 24
"""The maximum number of metadata bytes to read, because a small archive can unpack to any size."""


def read_wheel_metadata(wheel: bytes) -> RawMetadata:
    """Read a wheel's ``*.dist-info/METADATA``; return an empty result if it is missing or unreadable.

    An empty result causes no error later, because the inspection rejects such a wheel. The metadata is used only for
    requirements and maintainers.
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
