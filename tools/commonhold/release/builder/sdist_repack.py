"""Remove machine-specific metadata from sdists, so that every machine builds identical files.

Build environments load this module too, so it uses only the standard library.
"""

from __future__ import annotations

import gzip
import io
import tarfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def repack(data: bytes, epoch: int) -> bytes:
    """Normalize the order, times, owners, modes and gzip header of an sdist (``.tar.gz``).

    Backends copy these values from the file system, and the specification does not prescribe them. An sdist that is
    already normalized is returned unchanged, so that users can compare it with the backend's own result. Raises
    ``tarfile.TarError`` or ``OSError`` if the data is not a gzipped tar archive.
    """
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as source:
        members = source.getmembers()
        if not _has_traces_in_header(data, epoch) and not any(_has_traces(member, epoch) for member in members):
            return data
        unpacked = io.BytesIO()
        with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.PAX_FORMAT) as target:
            _copy(source, members, target, epoch)
    return _compress(unpacked.getvalue(), epoch)


def unpack(data: bytes, folder: str) -> str:
    """Unpack an sdist into a new folder and return the path of its top folder.

    Raises ``tarfile.TarError``, ``OSError``, or ``ValueError`` if there is not exactly one top folder.
    """
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        tops = {member.name.partition("/")[0] for member in archive.getmembers()}
        if len(tops) != 1 or tops <= {"", ".", ".."}:
            raise ValueError(f"the sdist contains {', '.join(sorted(tops)) or 'nothing'} instead of one folder")
        # Python before 3.10.12 and 3.11.4 does not support filters (PEP 706), and ignores this attribute.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        if archive.extraction_filter is None:
            _reject_unsafe_members(archive)
        archive.extractall(folder)  # noqa: S202 - filtered, or checked, above
    return f"{folder}/{tops.pop()}"


def _reject_unsafe_members(archive: tarfile.TarFile) -> None:
    for member in archive.getmembers():
        if ".." in member.name.split("/") or not (member.isfile() or member.isdir()):
            raise ValueError(
                f"the sdist contains {member.name}, which only Python 3.10.12, 3.11.4 or newer unpacks safely"
            )


def _has_traces_in_header(data: bytes, epoch: int) -> bool:
    """Return whether a gzip header (RFC 1952) has optional fields, such as a file name, or an unexpected time."""
    return data[3] != 0 or int.from_bytes(data[4:8], "little") not in (0, epoch)


def _has_traces(member: tarfile.TarInfo, epoch: int) -> bool:
    owned = member.uid or member.gid or member.uname not in ("", "root") or member.gname not in ("", "root")
    # The permissions for group and others depend on the umask of the user who builds.
    return bool(owned) or member.mtime != epoch or member.mode != _normal_mode(member)


def _normal_mode(member: tarfile.TarInfo) -> int:
    if member.issym():
        return 0o777
    return 0o755 if member.isdir() or member.mode & 0o100 else 0o644


def _copy(source: tarfile.TarFile, members: Iterable[tarfile.TarInfo], target: tarfile.TarFile, epoch: int) -> None:
    for member in sorted(members, key=lambda member: member.name):
        content = source.extractfile(member) if member.isfile() or member.islnk() else None
        clean = tarfile.TarInfo(member.name)
        clean.mtime = epoch
        clean.mode = _normal_mode(member)
        # Hard links become regular files, because in the sorted order a link could precede its target.
        clean.type = tarfile.REGTYPE if content is not None else member.type
        clean.linkname = member.linkname if member.issym() else ""
        if content is None:
            target.addfile(clean)
            continue
        with content:
            data = content.read()
        clean.size = len(data)
        target.addfile(clean, io.BytesIO(data))


def _compress(data: bytes, epoch: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=epoch) as file:
        file.write(data)
    return packed.getvalue()
