"""Find and check the parts of a wheel (binary distribution format) and of an sdist (PEP 625 and PEP 643)."""

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
from commonhold.release.inspect.platform_tags import check_platforms
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.tags import Tag

    from commonhold.release.inspect.check_context import CheckContext
    from commonhold.release.model.archive import ArchiveContents

_MAX_TAG = 255
_MAX_NAME = 255
# The subfolders of a wheel's .data folder, and the install scheme of each.
_MODULE_SCHEMES = ("purelib", "platlib")
_OTHER_SCHEMES = {"scripts": "bin", "headers": "include", "data": "data"}


def read_wheel_layout(archive: ArchiveContents, context: CheckContext) -> tuple[Wheel | None, tuple[RawFinding, ...]]:
    """Return the parts of a wheel, or ``None`` if it has no metadata folder, and the findings in its layout."""
    name = archive.artifact.name
    infos = metadata_folders(archive)
    # If there are two folders, installers disagree about which of them describes the wheel.
    if len(infos) != 1:
        return None, (RawFinding("layout", f"{name} has {len(infos)} .dist-info folders", "dist-info"),)
    info = infos[0]
    findings = [RawFinding("layout", f"{name} {problem}", problem) for problem in _check_layout(archive, info)]
    findings += (RawFinding("filename", f"{name} {problem}") for problem in _check_wheel_name(archive, info, context))
    findings += check_platforms(name)
    text = archive.texts.get(f"{info}/METADATA")
    metadata = None
    if text is not None:
        metadata, invalid = parse_core_metadata(f"METADATA of {name}", text)
        findings += invalid
    installed = {place: archive.members[path] for path, place in installed_places(archive, info)}
    return Wheel(archive, info, installed, metadata), tuple(findings)


def metadata_folders(archive: ArchiveContents) -> list[str]:
    """Return the ``.dist-info`` folders at the top of a wheel; a valid wheel has one."""
    folders = {path.partition("/")[0] for path in archive.members if "/" in path}
    return sorted(folder for folder in folders if folder.endswith(".dist-info"))


def _check_layout(archive: ArchiveContents, info: str) -> Iterator[str]:
    for file in ("METADATA", "WHEEL", "RECORD"):
        if f"{info}/{file}" not in archive.texts:
            yield f"has no {file}"
    data = info.removesuffix(".dist-info") + ".data"
    for path in archive.members:
        first, _, rest = path.partition("/")
        scheme = rest.partition("/")[0]
        if first.endswith(".data") and (first != data or scheme not in (*_MODULE_SCHEMES, *_OTHER_SCHEMES)):
            yield f"contains {path}, which does not belong to any install scheme"
    text = archive.texts.get(f"{info}/WHEEL")
    versions = [] if text is None else _read_header(text, "Wheel-Version") or ["None"]
    # The format requires installers to reject a greater major version.
    if versions and versions[0].partition(".")[0] != "1":
        yield f"has wheel version {versions[0]}, which installers reject"


def _check_wheel_name(archive: ArchiveContents, info: str, context: CheckContext) -> Iterator[str]:
    planned = context.planned
    # The index stores the metadata under this name, and file systems limit names to 255 bytes.
    if len(f"{archive.artifact.name}.metadata") > _MAX_NAME:
        yield "has a longer name than the index accepts"
    try:
        name, version, _, tags = parse_wheel_filename(archive.artifact.name)
    except (InvalidWheelFilename, InvalidVersion) as error:
        yield f"is not a valid wheel name: {error}"
        return
    if name != canonicalize_name(planned.name) or version != Version(planned.version):
        yield f"is named for {name} {version}, but {planned.name} {planned.version} was planned"
    normalized = canonicalize_name(planned.name).replace("-", "_")
    if name == canonicalize_name(planned.name) and not archive.artifact.name.startswith(f"{normalized}-"):
        yield f"does not begin with the normalized name {normalized}"
    if "-".join(archive.artifact.name.split("-")[:2]) != info.removesuffix(".dist-info"):
        yield f"has its metadata in {info}"
    lines = _read_header(archive.texts.get(f"{info}/WHEEL", b""), "Tag")
    try:
        inner = {tag for line in lines for tag in _expand_tag(line)}
    except ValueError as error:
        yield f"has invalid tags in WHEEL: {error}"
        return
    if inner and inner != tags:
        yield f"has different tags in its name and in WHEEL: {', '.join(sorted(map(str, inner)))}"


def _read_header(data: bytes, name: str) -> list[str]:
    """Return the values of a header field as strings; the parser returns non-ASCII values as other objects."""
    return [str(value).strip() for value in BytesHeaderParser().parsebytes(data).get_all(name, ())]


def _expand_tag(text: str) -> frozenset[Tag]:
    """Return the tags in a compressed tag set (PEP 425), which are the product of its three parts."""
    # A line of moderate length can expand to millions of tags, so the length is limited first.
    if text.count("-") != 2 or len(text) > _MAX_TAG:
        raise ValueError(f"{text[:_MAX_TAG]!a} is not a tag")
    return parse_tag(text)


def installed_places(archive: ArchiveContents, info: str) -> Iterator[tuple[str, str]]:
    """Yield each non-metadata file with its installed path, which starts with a scheme unless the file is a module."""
    for path in archive.members:
        first, _, rest = path.partition("/")
        if first == info:
            continue
        if not first.endswith(".data"):
            yield path, path
            continue
        scheme, _, below = rest.partition("/")
        yield path, below if scheme in _MODULE_SCHEMES else f"{{{_OTHER_SCHEMES.get(scheme, scheme)}}}/{below}"


def read_sdist_layout(archive: ArchiveContents, context: CheckContext) -> tuple[Sdist | None, tuple[RawFinding, ...]]:
    """Return the parts of an sdist, or ``None`` if its name is invalid or PKG-INFO is missing; and the findings."""
    name = archive.artifact.name
    planned = context.planned
    findings: list[RawFinding] = []
    try:
        named, version = parse_sdist_filename(name)
        if named != canonicalize_name(planned.name) or version != Version(planned.version):
            message = f"{name} is named for {named} {version}, but {planned.name} {planned.version} was planned"
            findings.append(RawFinding("filename", message))
        # PyPI rejects names that PEP 625 does not allow.
        if name != f"{named.replace('-', '_')}-{version}.tar.gz":
            findings.append(RawFinding("filename", f"{name} is not normalized as PEP 625 requires", "normalized"))
    except (InvalidSdistFilename, InvalidVersion) as error:
        return None, (RawFinding("filename", f"{name} is not a valid sdist name: {error}"),)
    top = name.removesuffix(".tar.gz")
    outside = [path for path in archive.members if not path.startswith(f"{top}/")]
    findings += (RawFinding("layout", f"{name} contains {path} outside its folder {top}", path) for path in outside)
    files = {path[len(top) + 1 :]: member for path, member in archive.members.items() if path not in outside}
    text = archive.texts.get(f"{top}/PKG-INFO")
    if text is None:
        return None, (*findings, RawFinding("layout", f"{name} has no PKG-INFO", "PKG-INFO"))
    metadata, invalid = parse_core_metadata(f"PKG-INFO of {name}", text)
    return Sdist(archive, files, metadata), (*findings, *invalid)
