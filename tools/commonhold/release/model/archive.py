"""Reading archives that may be hostile: nothing is unpacked, and what is read is bounded."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
import zipfile
import zlib
from typing import TYPE_CHECKING

from commonhold.release.model.archive_contents import (
    MAX_FILE_BYTES,
    MEBIBYTE,
    ArchiveContents,
    ArchiveMember,
    RawFinding,
)
from commonhold.release.model.archive_paths import find_duplicates, link_escapes, path_error
from commonhold.release.model.zip_consistency import find_inconsistency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from commonhold.release.model.plan import Artifact

_CHUNK = 2**16
_TEXT = 4 * MEBIBYTE
_MOST_FILES = 100_000
_LINK, _REGULAR, _UNSAID = 0o12, 0o10, 0


class _BombError(Exception):
    """An archive that holds far more than its size lets expect."""


def open_archive(artifact: Artifact, data: bytes) -> ArchiveContents:
    """Read a wheel or an sdist. Whatever is wrong with the archive is in what is returned; nothing is raised."""
    if len(data) > MAX_FILE_BYTES:
        finding = RawFinding(
            "size", f"{artifact.name} has {len(data):,} bytes; an index takes {MAX_FILE_BYTES:,}", "large"
        )
        return ArchiveContents(artifact, {}, {}, (finding,))
    reader = _Reader(artifact, _limit(len(data)))
    try:
        (reader.wheel if artifact.name.endswith(".whl") else reader.sdist)(data)
    except _BombError:
        reader.finding(
            "size", f"unpacks to more than {reader.limit // MEBIBYTE} MiB, or than {_MOST_FILES:,} files", "bomb"
        )
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as e:
        reader.finding("archive", f"cannot be read: {_first_line(e)}")
    except RuntimeError as error:  # zipfile, of what is encrypted
        reader.finding("archive", f"cannot be read: {_first_line(error)}")
    return reader.result()


def _limit(size: int) -> int:
    """How much an archive may unpack to: as PyPI has it, fifty times its size, but never more than a gibibyte."""
    return min(max(64 * MEBIBYTE, 50 * size), 1024 * MEBIBYTE)


class _Reader:
    def __init__(self, artifact: Artifact, limit: int) -> None:
        self.artifact = artifact
        self.limit = limit
        self._read = 0
        self._entries = 0
        self._members: dict[str, ArchiveMember] = {}
        self._texts: dict[str, bytes] = {}
        self._paths: list[str] = []
        self._flaws: list[RawFinding] = []

    def result(self) -> ArchiveContents:
        twice = (
            RawFinding("paths", f"{self.artifact.name} {what}", path) for path, what in find_duplicates(self._paths)
        )
        return ArchiveContents(self.artifact, self._members, self._texts, (*self._flaws, *twice))

    def finding(self, rule: str, message: str, about: str = "") -> None:
        self._flaws.append(RawFinding(rule, f"{self.artifact.name} {message}", about))

    def wheel(self, data: bytes) -> None:
        wrong = find_inconsistency(data)
        if wrong:
            self.finding("archive", wrong, "framing")
            return
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    self._refused_folder(info.orig_filename)
                    continue
                if self._refused(info.orig_filename):
                    continue
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    self.finding("archive", f"compresses {info.filename} in a way that no index takes", "compression")
                    continue
                if (info.external_attr >> 28) not in (_REGULAR, _UNSAID):
                    self.finding("paths", f"holds {info.filename}, which is no regular file", info.filename)
                    continue
                with archive.open(info) as file:
                    self._take(info.filename, file)

    def sdist(self, data: bytes) -> None:
        with tempfile.SpooledTemporaryFile(16 * MEBIBYTE) as plain:
            for chunk in self._inflated(data):
                plain.write(chunk)
            plain.seek(0)
            self._read = 0
            with tarfile.open(fileobj=plain, mode="r:") as archive:
                for info in archive:
                    self._tar_member(archive, info)
                end = archive.offset
            plain.seek(end)
            if any(chunk.strip(b"\0") for chunk in iter(lambda: plain.read(_CHUNK), b"")):
                self.finding("archive", "has data after the end of its files", "trailing")

    def _tar_member(self, archive: tarfile.TarFile, info: tarfile.TarInfo) -> None:
        if info.isdir():
            self._refused_folder(info.name)
            return
        if self._refused(info.name):
            return
        if info.issym() and link_escapes(info.name, info.linkname):
            self.finding("paths", f"holds {info.name!r}, a link that leads out to {info.linkname!r}", info.name)
        elif info.issym():
            self._add(ArchiveMember(info.name, 0, "", info.linkname))
        elif info.isreg():
            file = archive.extractfile(info)
            if file is not None:
                with file:
                    self._take(info.name, file)
        else:
            self.finding("paths", f"holds {info.name!r}, which is a device or a hard link", info.name)

    def _refused_folder(self, path: str) -> None:
        self._enter()
        wrong = path_error(path.rstrip("/")) if path.strip("/") else None
        if wrong:
            self.finding("paths", f"holds the folder {path!r}, which {wrong}", path)

    def _enter(self) -> None:
        self._entries += 1
        if self._entries > _MOST_FILES:
            raise _BombError

    def _refused(self, path: str) -> bool:
        self._enter()
        self._paths.append(path)
        wrong = path_error(path)
        if wrong:
            self.finding("paths", f"holds {path!r}, which {wrong}", path)
        return bool(wrong)

    def _take(self, path: str, file: IO[bytes]) -> None:
        digest = hashlib.sha256()
        size = 0
        kept: list[bytes] = []
        wanted = _is_read(path)
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            size += len(chunk)
            self._count(len(chunk))
            digest.update(chunk)
            if wanted and size <= _TEXT:
                kept.append(chunk)
        if wanted and size > _TEXT:
            self.finding("size", f"holds {path} of {size:,} bytes, which nobody would read", path)
        elif wanted:
            self._texts[path] = b"".join(kept)
        self._add(ArchiveMember(path, size, digest.hexdigest()))

    def _add(self, member: ArchiveMember) -> None:
        self._members.setdefault(member.path, member)

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > self.limit:
            raise _BombError

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        """What is in a gzip file (RFC 1952), piece by piece; no backend makes an sdist of several members."""
        engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        for start in range(0, len(data), _CHUNK):
            piece = data[start : start + _CHUNK]
            while piece and not engine.eof:
                chunk = engine.decompress(piece, _CHUNK)
                piece = engine.unconsumed_tail
                self._count(len(chunk))
                yield chunk
            if engine.eof:
                if engine.unused_data or start + _CHUNK < len(data):
                    self.finding("archive", "has data after its end", "trailing")
                return
        while chunk := engine.decompress(b"", _CHUNK):
            self._count(len(chunk))
            yield chunk
        if not engine.eof:
            raise EOFError("it ends in the middle")


def _is_read(path: str) -> bool:
    """Whether rules read this file, and not only its hash."""
    folder, _, name = path.rpartition("/")
    return folder.endswith(".dist-info") or name == "PKG-INFO" or (name.endswith(".py") and "version" in name)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
