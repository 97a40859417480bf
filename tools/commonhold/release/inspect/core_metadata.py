"""Parse METADATA and PKG-INFO, and check them against the specification and the plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from packaging.metadata import InvalidMetadata, Metadata, parse_email
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from commonhold.release.inspect.specifiers import are_equivalent
from commonhold.release.model.archive import RawFinding
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from packaging.requirements import Requirement

    from commonhold.release.inspect.check_context import CheckContext

# PEP 639 introduced the field License-File with this version.
_WITH_LICENSE_FILES = Version("2.4")
# PEP 643: since this version, the metadata of an sdist lists the fields that a build determines.
_WITH_STATIC_SDISTS = Version("2.2")


def parse_core_metadata(name: str, data: bytes) -> tuple[Metadata | None, tuple[RawFinding, ...]]:
    """Parse core metadata and report violations of the specification; ``name`` is the file name for messages.

    If invalid metadata can be parsed at all, it is returned with the findings, so that the other rules can check it.
    """
    try:
        raw, unparsed = parse_email(data)
    except Exception as error:  # noqa: BLE001 - the parser of the standard library raises whatever it meets
        return None, (_invalid(name, error),)
    version = parse_version(raw.get("metadata_version", ""))
    # Older versions of setuptools write the field into metadata of earlier versions. twine does not send it, so an
    # index does not see it.
    if version is not None and version < _WITH_LICENSE_FILES:
        raw.pop("license_files", None)
    findings = [RawFinding("metadata", f"{name}: the field {key!r} is unknown or malformed", key) for key in unparsed]
    try:
        return Metadata.from_raw(raw, validate=True), tuple(findings)
    except Exception as error:  # noqa: BLE001 - on Python 3.10 packaging raises an exception group of its own
        findings += (_invalid(name, each) for each in getattr(error, "exceptions", (error,)))
    try:
        return Metadata.from_raw(raw, validate=False), tuple(findings)
    except Exception:  # noqa: BLE001 - the findings describe what cannot be parsed
        return None, tuple(findings)


def _invalid(name: str, error: BaseException) -> RawFinding:
    field = error.field if isinstance(error, InvalidMetadata) else ""
    return RawFinding("metadata", f"{name}: {error}", field)


def check_metadata(name: str, metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    """Report values that differ from the plan; ``name`` is the file name."""
    pins = _check_pins(metadata, context) if knows_requirements(name, metadata) else ()
    for finding in chain(_check_identity(metadata, context), pins):
        yield replace(finding, message=f"{name}: {finding.message}")


def _check_identity(metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    planned = context.planned
    name = get_field(metadata, "name")
    version = get_field(metadata, "version")
    if name is not None and canonicalize_name(name) != canonicalize_name(planned.name):
        yield RawFinding("name", f"the name is {name}, but {planned.name} was planned", name)
    if version is not None and version != Version(planned.version):
        yield RawFinding("version", f"the version is {version}, but {planned.version} was planned")


def _check_pins(metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    """Report requirements on other plugins that differ from the plan, because they determine the upload order."""
    planned = context.planned
    pins = {canonicalize_name(name): SpecifierSet(text) for name, text in planned.pins.items()}
    found: set[str] = set()
    for requirement in requirements(metadata):
        name = canonicalize_name(requirement.name)
        optional = requirement.marker is not None and "extra" in str(requirement.marker)
        if not optional:
            found.add(name)
        if name in pins and not are_equivalent(requirement.specifier, pins[name]):
            yield RawFinding("pin", f"it requires {requirement}, but {requirement.name}{pins[name]} was planned", name)
        if not optional and name in context.planned_names and name not in planned.needs:
            message = (
                f"it requires {name}, but the plan does not record that: {planned.name} might be uploaded before {name}"
            )
            yield RawFinding("pin", message, name)
    for need in planned.needs:
        if canonicalize_name(need) not in found:
            yield RawFinding("pin", f"the source at this commit requires {need}, but the built metadata does not", need)


def knows_requirements(name: str, metadata: Metadata) -> bool:
    """Return whether the metadata of a file lists its requirements.

    Old backends omit requirements from an sdist (PEP 643). Installers then find the requirements by building the sdist,
    so the wheel that is built from the sdist is checked instead.
    """
    if name.endswith(".whl") or requirements(metadata):
        return True
    version = parse_version(get_field(metadata, "metadata_version") or "")
    is_static = "requires-dist" not in (get_field(metadata, "dynamic") or ())
    return version is not None and version >= _WITH_STATIC_SDISTS and is_static


def requirements(metadata: Metadata) -> tuple[Requirement, ...]:
    """Return the requirements in ``Requires-Dist``; the result is empty if the field is invalid."""
    return tuple(get_field(metadata, "requires_dist") or ())


def get_field(metadata: Metadata, field: str) -> Any:
    """Return a field of the metadata; ``None`` if it is invalid, which parsing has already reported."""
    try:
        return getattr(metadata, field)
    except (InvalidMetadata, ValueError, RecursionError):
        return None
