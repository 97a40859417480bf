"""Make wheels and sdists from texts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIME = (2026, 1, 1, 0, 0, 0)


def core_metadata(name: str, version: str, *lines: str, readme: str = "") -> bytes:
    """Return core metadata; each of the lines is a field."""
    fields = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines]
    return ("\n".join(fields) + f"\n\n{readme}").encode()


def make_wheel(
    name: str, version: str, *lines: str, readme: str = "", files: Mapping[str, str | bytes] | None = None
) -> tuple[str, bytes]:
    """Return the name and the content of a wheel; each of the lines is a field of its metadata.

    ``files`` are the other files. A path that begins with ``INFO/`` is in the ``.dist-info`` folder.
    """
    module = name.replace("-", "_").lower()
    info = f"{module}-{version}.dist-info"
    members: dict[str, str | bytes] = {
        f"{info}/METADATA": core_metadata(name, version, *lines, readme=readme),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **{path.replace("INFO/", f"{info}/"): data for path, data in (files or {}).items()},
    }
    rows = [f"{path},{_record_hash(data)},{len(data)}\n" for path, data in members.items()]
    members[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"])
    return f"{module}-{version}-py3-none-any.whl", make_zip(members)


def _record_hash(data: str | bytes) -> str:
    digest = hashlib.sha256(data if isinstance(data, bytes) else data.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def make_zip(members: Mapping[str, str | bytes]) -> bytes:
    """Return a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            entry = zipfile.ZipInfo(path, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def make_sdist(name: str, version: str, *lines: str, readme: str = "") -> tuple[str, bytes]:
    """Return the name and the content of an sdist with only its metadata."""
    stem = f"{name.replace('-', '_').lower()}-{version}"
    data = core_metadata(name, version, *lines, readme=readme)
    buffer = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", fileobj=buffer, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        member = tarfile.TarInfo(f"{stem}/PKG-INFO")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return f"{stem}.tar.gz", buffer.getvalue()
