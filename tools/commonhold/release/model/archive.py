"""Read wheels and sdists, which may be hostile: nothing is unpacked to disk, and the memory used is bounded."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.release.model.archive_paths import find_duplicates, link_escapes, path_error
from commonhold.release.model.zip_consistency import find_inconsistency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import IO

    from commonhold.release.model.plan import Artifact

MAX_FILE_BYTES = 100 * 10**6
"""PyPI's default size limit for a file; PyPI can grant a project a higher limit."""

_MEBIBYTE = 2**20
_CHUNK = 2**16
_GZIP = b"\x1f\x8b"
_MAX_TEXT_BYTES = 4 * _MEBIBYTE
_MAX_TEXTS_BYTES = 64 * _MEBIBYTE
_MAX_ENTRIES = 100_000
# The type bits of a Unix mode, as zip files store it; 0 if the archiver did not record a mode.
_REGULAR, _UNRECORDED = 0o10, 0


@dataclass(frozen=True, slots=True)
class RawFinding:
    """A defect before it is compared with the previous release.

    ``about`` distinguishes it from other findings of the same rule, and is stable between releases.
    """

    rule: str
    message: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file in an archive: its path, size and SHA-256 (in hexadecimal), and the target of a symbolic link."""

    path: str
    size: int
    sha256: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """The contents of a wheel or sdist.

    ``members`` maps paths to files, without defective files. ``texts`` are the contents of the files that rules read.
    ``findings`` are the defects of the archive itself.
    """

    artifact: Artifact
    members: Mapping[str, ArchiveMember]
    texts: Mapping[str, bytes]
    findings: tuple[RawFinding, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """Return whether the archive is a wheel rather than an sdist."""
        return self.artifact.name.endswith(".whl")


class _BombError(Exception):
    """An archive is a decompression bomb: it unpacks to much more data than its size suggests."""


def is_read_by_rules(path: str) -> bool:
    """Return whether rules need the content of a file, and not only its hash."""
    folder, _, name = path.rpartition("/")
    # Some backends generate these files, but only at the top of an sdist.
    is_project_file = name in ("pyproject.toml", "setup.py") and folder and "/" not in folder
    is_version_file = name.endswith(".py") and "version" in name
    return folder.endswith(".dist-info") or name == "PKG-INFO" or is_project_file or is_version_file


def open_archive(artifact: Artifact, data: bytes, is_text: Callable[[str], bool] = is_read_by_rules) -> ArchiveContents:
    """Read a wheel or an sdist. Defects are returned as findings, not raised.

    ``is_text`` returns whether the content of a file is kept, by its path.
    """
    if len(data) > MAX_FILE_BYTES:
        message = f"{artifact.name} has {len(data):,} bytes; the index accepts at most {MAX_FILE_BYTES:,}"
        return ArchiveContents(artifact, {}, {}, (RawFinding("size", message, "large"),))
    reader = _Reader(artifact, _unpacked_limit(len(data)), is_text)
    if _is_polyglot(data):
        reader.report("archive", "is both a zip file and a tar file", "polyglot")
    try:
        (reader.read_wheel if artifact.name.endswith(".whl") else reader.read_sdist)(data)
    except _BombError:
        limit = reader.limit // _MEBIBYTE
        reader.report("size", f"unpacks to more than {limit} MiB or more than {_MAX_ENTRIES:,} files", "bomb")
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as e:
        reader.report("archive", f"cannot be read: {_first_line(e)}")
    except RuntimeError as error:  # zipfile raises it for an encrypted file
        reader.report("archive", f"cannot be read: {_first_line(error)}")
    return reader.result()


def _is_polyglot(data: bytes) -> bool:
    """Return whether a file is both a zip file and a tar file, so that programs disagree about its contents."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    if data.startswith(_GZIP):
        return True
    # Compressed tar files of other kinds are rejected anyway, because their data precedes that of the zip file.
    try:
        tarfile.open(fileobj=io.BytesIO(data), mode="r:").close()
    except tarfile.TarError:
        return False
    return True


def _unpacked_limit(size: int) -> int:
    # PyPI rejects archives that unpack to more than 64 MiB and 50 times their size; commonhold also limits them
    # to 1 GiB.
    return min(max(64 * _MEBIBYTE, 50 * size), 1024 * _MEBIBYTE)


class _Reader:
    """A reader that collects the members and findings of one archive."""

    def __init__(self, artifact: Artifact, limit: int, is_text: Callable[[str], bool]) -> None:
        self.artifact = artifact
        self.limit = limit
        self._is_text = is_text
        self._unpacked = 0
        self._text_bytes = 0
        self._entries = 0
        self._members: dict[str, ArchiveMember] = {}
        self._texts: dict[str, bytes] = {}
        self._paths: list[str] = []
        self._findings: list[RawFinding] = []

    def result(self) -> ArchiveContents:
        duplicates = (
            RawFinding("paths", f"{self.artifact.name} {problem}", path)
            for path, problem in find_duplicates(self._paths)
        )
        return ArchiveContents(self.artifact, self._members, self._texts, (*self._findings, *duplicates))

    def report(self, rule: str, message: str, about: str = "") -> None:
        self._findings.append(RawFinding(rule, f"{self.artifact.name} {message}", about))

    def read_wheel(self, data: bytes) -> None:
        problem = find_inconsistency(data)
        if problem:
            self.report("archive", problem, "framing")
            return
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                # info.filename is not used, because zipfile truncates it at a null byte and other readers may not.
                if info.is_dir():
                    self._check_folder(info.orig_filename)
                    continue
                if self._is_rejected(info.orig_filename):
                    continue
                # Installers support only these two methods reliably, because Python can be built without bz2 and lzma.
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    self.report("archive", f"compresses {info.filename} with a method that the index rejects",
                                "compression")  # fmt: skip
                    continue
                if (info.external_attr >> 28) not in (_REGULAR, _UNRECORDED):
                    self.report("paths", f"contains {info.filename}, which is not a regular file", info.filename)
                    continue
                with archive.open(info) as file:
                    self._read_member(info.filename, file)

    def read_sdist(self, data: bytes) -> None:
        # The file is decompressed first, because tarfile would decompress skipped content without any limit.
        with tempfile.SpooledTemporaryFile(16 * _MEBIBYTE) as plain:
            for chunk in self._decompress(data):
                plain.write(chunk)
            plain.seek(0)
            self._unpacked = 0
            with tarfile.open(fileobj=plain, mode="r:") as archive:
                for info in archive:
                    self._read_tar_entry(archive, info)
                end = archive.offset
            plain.seek(end)
            # `tar --ignore-zeros` would unpack files from here that tarfile does not see.
            if any(chunk.strip(b"\0") for chunk in iter(lambda: plain.read(_CHUNK), b"")):
                self.report("archive", "has data after the end of its files", "trailing")

    def _read_tar_entry(self, archive: tarfile.TarFile, info: tarfile.TarInfo) -> None:
        if info.isdir():
            self._check_folder(info.name)
            return
        if self._is_rejected(info.name):
            return
        if info.issparse():
            self.report("archive", f"contains {info.name!r} as a sparse file, which the index rejects", "sparse")
        elif info.issym() and link_escapes(info.name, info.linkname):
            self.report("paths", f"contains the link {info.name!r} to {info.linkname!r}, outside the sdist", info.name)
        elif info.issym():
            self._add(ArchiveMember(info.name, 0, "", info.linkname))
        elif info.isreg():
            file = archive.extractfile(info)
            if file is not None:
                with file:
                    self._read_member(info.name, file)
        else:
            self.report("paths", f"contains {info.name!r}, which is a device or a hard link", info.name)

    def _check_folder(self, path: str) -> None:
        self._count_entry()
        problem = path_error(path.rstrip("/")) if path.strip("/") else None
        if problem:
            self.report("paths", f"contains the folder {path!r}, which {problem}", path)

    def _is_rejected(self, path: str) -> bool:
        self._count_entry()
        self._paths.append(path)
        problem = path_error(path)
        if problem:
            self.report("paths", f"contains {path!r}, which {problem}", path)
        return bool(problem)

    def _read_member(self, path: str, file: IO[bytes]) -> None:
        digest = hashlib.sha256()
        size = 0
        kept: list[bytes] = []
        is_text = self._is_text(path)
        limit = min(_MAX_TEXT_BYTES, _MAX_TEXTS_BYTES - self._text_bytes)
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            size += len(chunk)
            self._count_bytes(len(chunk))
            digest.update(chunk)
            if is_text and size <= limit:
                kept.append(chunk)
        if is_text and size > limit:
            self.report("size", f"contains {path} of {size:,} bytes, which is too large for metadata", path)
        elif is_text:
            self._texts[path] = b"".join(kept)
            self._text_bytes += size
        self._add(ArchiveMember(path, size, digest.hexdigest()))

    def _add(self, member: ArchiveMember) -> None:
        # If two members have the same path, the first one is kept; the duplicate is reported as a finding.
        self._members.setdefault(member.path, member)

    def _count_entry(self) -> None:
        self._entries += 1
        if self._entries > _MAX_ENTRIES:
            raise _BombError

    def _count_bytes(self, size: int) -> None:
        # Bytes are counted while they are read, because the sizes in headers are untrusted.
        self._unpacked += size
        if self._unpacked > self.limit:
            raise _BombError

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        """Decompress a gzip file in chunks.

        RFC 1952 allows several members in a file. Some readers join the members and others do not. Backends write only
        one member, so a second member is a finding.
        """
        engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        for start in range(0, len(data), _CHUNK):
            piece = data[start : start + _CHUNK]
            while piece and not engine.eof:
                chunk = engine.decompress(piece, _CHUNK)
                piece = engine.unconsumed_tail
                self._count_bytes(len(chunk))
                yield chunk
            if engine.eof:
                if engine.unused_data or start + _CHUNK < len(data):
                    self.report("archive", "has data after its end", "trailing")
                return
        while chunk := engine.decompress(b"", _CHUNK):
            self._count_bytes(len(chunk))
            yield chunk
        if not engine.eof:
            raise EOFError("the file is truncated")


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
