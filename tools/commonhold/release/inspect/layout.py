"""Finding the parts of a wheel and of an sdist: the binary distribution format, and PEP 625 and PEP 643."""

from __future__ import annotations

from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from packaging.tags import parse_tag
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from commonhold.release.inspect.check_context import Sdist, Wheel
from commonhold.release.inspect.core_metadata import parse_core_metadata
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.tags import Tag

    from commonhold.release.inspect.check_context import CheckContext
    from commonhold.release.model.archive import ArchiveContents

_LONGEST_TAG = 255
_MODULES = ("purelib", "platlib")
_ELSEWHERE = {"scripts": "bin", "headers": "include", "data": "data"}


def read_wheel_layout(archive: ArchiveContents, context: CheckContext) -> tuple[Wheel | None, tuple[RawFinding, ...]]:
    """The parts of a wheel, and what is wrong with how it is laid out."""
    name = archive.artifact.name
    folders = {path.partition("/")[0] for path in archive.members if "/" in path}
    infos = sorted(folder for folder in folders if folder.endswith(".dist-info"))
    if len(infos) != 1:
        return None, (RawFinding("layout", f"{name} has {len(infos)} .dist-info folders", "dist-info"),)
    info = infos[0]
    findings = [RawFinding("layout", f"{name} {what}", what) for what in _layout(archive, info)]
    findings += (RawFinding("filename", f"{name} {what}") for what in _wheel_names(archive, info, context))
    text = archive.texts.get(f"{info}/METADATA")
    metadata = None
    if text is not None:
        metadata, invalid = parse_core_metadata(f"METADATA of {name}", text)
        findings += invalid
    installed = {where: archive.members[path] for path, where in _installed(archive, info)}
    return Wheel(archive, info, installed, metadata), tuple(findings)


def _layout(archive: ArchiveContents, info: str) -> Iterator[str]:
    for file in ("METADATA", "WHEEL", "RECORD"):
        if f"{info}/{file}" not in archive.texts:
            yield f"has no {file}"
    data = info.removesuffix(".dist-info") + ".data"
    for path in archive.members:
        first, _, rest = path.partition("/")
        if first.endswith(".data") and (first != data or rest.partition("/")[0] not in (*_MODULES, *_ELSEWHERE)):
            yield f"holds {path}, for which an installer has no place"
    versions = _header(archive.texts.get(f"{info}/WHEEL", b"Wheel-Version: 1.0"), "Wheel-Version")
    if not versions or versions[0].partition(".")[0] != "1":
        yield f"is of version {versions[0] if versions else None}, which installers refuse"


def _wheel_names(archive: ArchiveContents, info: str, context: CheckContext) -> Iterator[str]:
    planned = context.planned
    try:
        name, version, _, tags = parse_wheel_filename(archive.artifact.name)
    except (InvalidWheelFilename, InvalidVersion) as error:
        yield f"is no name of a wheel: {error}"
        return
    if name != canonicalize_name(planned.name) or version != Version(planned.version):
        yield f"names {name} {version}, and {planned.name} {planned.version} was planned"
    if "-".join(archive.artifact.name.split("-")[:2]) != info.removesuffix(".dist-info"):
        yield f"has its metadata in {info}"
    told = _header(archive.texts.get(f"{info}/WHEEL", b""), "Tag")
    try:
        inner = {tag for text in told for tag in _tags(text)}
    except ValueError as error:
        yield f"has a WHEEL with tags that nobody understands: {error}"
        return
    if inner and inner != tags:
        yield f"names other tags than its WHEEL: {', '.join(sorted(map(str, inner)))}"


def _header(data: bytes, name: str) -> list[str]:
    """The values of a field, also of one that is not ASCII, which is no text to the parser."""
    return [str(value).strip() for value in BytesHeaderParser().parsebytes(data).get_all(name, ())]


def _tags(text: str) -> frozenset[Tag]:
    """The tags that a line stands for: as many as the product of its three parts."""
    if text.count("-") != 2 or len(text) > _LONGEST_TAG:
        raise ValueError(f"{text[:_LONGEST_TAG]!a} is no tag")
    return parse_tag(text)


def _installed(archive: ArchiveContents, info: str) -> Iterator[tuple[str, str]]:
    """Each file beside the metadata, and where it lands: modules below nothing, other things below a scheme."""
    for path in archive.members:
        first, _, rest = path.partition("/")
        if first == info:
            continue
        if not first.endswith(".data"):
            yield path, path
            continue
        scheme, _, below = rest.partition("/")
        yield path, below if scheme in _MODULES else f"{{{_ELSEWHERE.get(scheme, scheme)}}}/{below}"


def read_sdist_layout(archive: ArchiveContents, context: CheckContext) -> tuple[Sdist | None, tuple[RawFinding, ...]]:
    """The parts of an sdist, and what is wrong with how it is laid out."""
    name = archive.artifact.name
    planned = context.planned
    findings: list[RawFinding] = []
    try:
        named, version = parse_sdist_filename(name)
        if named != canonicalize_name(planned.name) or version != Version(planned.version):
            words = f"{name} names {named} {version}, and {planned.name} {planned.version} was planned"
            findings.append(RawFinding("filename", words))
        if name != f"{named.replace('-', '_')}-{version}.tar.gz":
            findings.append(RawFinding("filename", f"{name} is not written as PEP 625 has it", "normalized"))
    except (InvalidSdistFilename, InvalidVersion) as error:
        return None, (RawFinding("filename", f"{name} is no name of an sdist: {error}"),)
    top = name.removesuffix(".tar.gz")
    outside = [path for path in archive.members if not path.startswith(f"{top}/")]
    findings += (RawFinding("layout", f"{name} holds {path} outside of its folder {top}", path) for path in outside)
    files = {path[len(top) + 1 :]: member for path, member in archive.members.items() if path not in outside}
    text = archive.texts.get(f"{top}/PKG-INFO")
    if text is None:
        return None, (*findings, RawFinding("layout", f"{name} has no PKG-INFO", "PKG-INFO"))
    metadata, invalid = parse_core_metadata(f"PKG-INFO of {name}", text)
    return Sdist(archive, files, metadata), (*findings, *invalid)
