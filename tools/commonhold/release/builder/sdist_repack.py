"""Sdists without a trace of the machine that made them. Only the standard library: build environments load it too."""

from __future__ import annotations

import gzip
import io
import tarfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def repack(data: bytes, epoch: int) -> bytes:
    """An sdist (``.tar.gz``) as it would be on any machine: order, times, owners, modes and the gzip header.

    What has no trace of a machine is returned as it is, so that a reproducible backend's own bytes stay. Raises
    ``tarfile.TarError`` or ``OSError`` when it is no such archive.
    """
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as source:
        members = source.getmembers()
        if not _header_tells(data, epoch) and not any(_tells(member, epoch) for member in members):
            return data
        unpacked = io.BytesIO()
        with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.PAX_FORMAT) as target:
            _copy(source, members, target, epoch)
    return _pack(unpacked.getvalue(), epoch)


def unpack(data: bytes, folder: str) -> str:
    """Unpack an sdist into ``folder``, which is made; the path of the one folder that it holds.

    Raises ``tarfile.TarError``, ``OSError`` or ``ValueError``: it holds something else beside that folder.
    """
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        tops = {member.name.partition("/")[0] for member in archive.getmembers()}
        if len(tops) != 1 or tops <= {"", ".", ".."}:
            raise ValueError(f"the sdist holds {', '.join(sorted(tops)) or 'nothing'} instead of one folder")
        # Pythons before 3.10.12 and 3.11.4 have no filter (PEP 706), and pass over this attribute.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        if archive.extraction_filter is None:
            _refuse_dangers(archive)
        archive.extractall(folder)  # noqa: S202 - filtered, or looked at, above
    return f"{folder}/{tops.pop()}"


def _refuse_dangers(archive: tarfile.TarFile) -> None:
    for member in archive.getmembers():
        if ".." in member.name.split("/") or not (member.isfile() or member.isdir()):
            raise ValueError(
                f"the sdist holds {member.name}, which only Python 3.10.12, 3.11.4 or newer unpacks safely"
            )


def _header_tells(data: bytes, epoch: int) -> bool:
    """Whether a gzip header holds a file's name (flags), or another time."""
    return data[3] != 0 or int.from_bytes(data[4:8], "little") not in (0, epoch)


def _tells(member: tarfile.TarInfo, epoch: int) -> bool:
    owned = member.uid or member.gid or member.uname not in ("", "root") or member.gname not in ("", "root")
    # The bits for the group and others are the umask's.
    return bool(owned) or member.mtime != epoch or member.mode != _mode(member)


def _mode(member: tarfile.TarInfo) -> int:
    if member.issym():
        return 0o777
    return 0o755 if member.isdir() or member.mode & 0o100 else 0o644


def _copy(source: tarfile.TarFile, members: Iterable[tarfile.TarInfo], target: tarfile.TarFile, epoch: int) -> None:
    for member in sorted(members, key=lambda member: member.name):
        content = source.extractfile(member) if member.isfile() or member.islnk() else None
        clean = tarfile.TarInfo(member.name)
        clean.mtime = epoch
        clean.mode = _mode(member)
        # A hard link becomes the file itself: in another order it might come before what it is a link to.
        clean.type = tarfile.REGTYPE if content is not None else member.type
        clean.linkname = member.linkname if member.issym() else ""
        if content is None:
            target.addfile(clean)
            continue
        with content:
            data = content.read()
        clean.size = len(data)
        target.addfile(clean, io.BytesIO(data))


def _pack(data: bytes, epoch: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=epoch) as file:
        file.write(data)
    return packed.getvalue()
