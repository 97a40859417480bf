"""What METADATA and PKG-INFO say: by the rules of the specification, of PyPI, and of the plan."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parseaddr
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.metadata import InvalidMetadata, Metadata
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from commonhold.release.inspect.specifiers import are_equivalent
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from packaging.requirements import Requirement

    from commonhold.release.inspect.check_context import CheckContext

_SUMMARY = 512
_LABEL = 32
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\"\\]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def parse_core_metadata(name: str, data: bytes) -> tuple[Metadata | None, tuple[RawFinding, ...]]:
    """Core metadata, and what the specification has against it; ``name`` is the file's for messages.

    The metadata come back even with findings, if they can be read at all.
    """
    try:
        return Metadata.from_email(data, validate=True), ()
    except Exception as error:  # noqa: BLE001 - packaging raises groups of its own class on old Pythons
        findings = tuple(_invalid(name, each) for each in getattr(error, "exceptions", (error,)))
    try:
        return Metadata.from_email(data, validate=False), findings
    except Exception:  # noqa: BLE001 - what cannot be read at all is told by the findings
        return None, findings


def _invalid(name: str, error: BaseException) -> RawFinding:
    field = error.field if isinstance(error, InvalidMetadata) else ""
    return RawFinding("metadata", f"{name}: {error}", field)


def check_metadata(name: str, metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    """What an index refuses, and what is not as planned. What the specification forbids was told before."""
    checks = (_identity, _pins)
    of_index = (_local, _summary, _classifiers, _addresses, _urls, _direct)
    for finding in chain(*(check(metadata, context) for check in checks), *(check(metadata) for check in of_index)):
        yield replace(finding, message=f"{name}: {finding.message}")


def _identity(metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    planned = context.planned
    name = _get(metadata, "name")
    version = _get(metadata, "version")
    if name is not None and canonicalize_name(name) != canonicalize_name(planned.name):
        yield RawFinding("name", f"the name is {name}, and {planned.name} was planned", name)
    if version is not None and version != Version(planned.version):
        yield RawFinding("version", f"the version is {version}, and {planned.version} was planned")


def _local(metadata: Metadata) -> Iterator[RawFinding]:
    version = _get(metadata, "version")
    if version is not None and version.local:
        yield RawFinding("local-version", f"an index takes no local version such as {version}")


def _summary(metadata: Metadata) -> Iterator[RawFinding]:
    summary = _get(metadata, "summary") or ""
    if len(summary) > _SUMMARY:
        yield RawFinding(
            "metadata", f"the summary has {len(summary)} characters; an index takes {_SUMMARY}", "summary-length"
        )


def _classifiers(metadata: Metadata) -> Iterator[RawFinding]:
    valid, deprecated = _known_classifiers()
    for classifier in _get(metadata, "classifiers") or ():
        if classifier.startswith("Private ::"):
            yield RawFinding("classifier", f"{classifier!r} asks the index to refuse it", classifier)
        elif classifier in deprecated:
            instead = " or ".join(deprecated[classifier]) or "none"
            yield RawFinding("classifier", f"{classifier!r} is no longer taken; instead: {instead}", classifier)
        elif classifier not in valid:
            yield RawFinding("classifier", f"{classifier!r} is no classifier", classifier)


@lru_cache(maxsize=1)
def _known_classifiers() -> tuple[frozenset[str], Mapping[str, list[str]]]:
    import trove_classifiers

    return frozenset(trove_classifiers.classifiers), trove_classifiers.deprecated_classifiers


def _addresses(metadata: Metadata) -> Iterator[RawFinding]:
    for field in ("author_email", "maintainer_email"):
        value = _get(metadata, field)
        address = parseaddr(value)[1] if value else ""
        if address and not _ADDRESS.fullmatch(address):
            yield RawFinding("metadata", f"{field.replace('_', '-')} {address!r} is no address", field)


def _urls(metadata: Metadata) -> Iterator[RawFinding]:
    for field in ("home_page", "download_url"):
        url = _get(metadata, field)
        if url and url != "UNKNOWN" and not _is_url(url):
            yield RawFinding("metadata", f"{field.replace('_', '-')} {url!r} is no address", field)
    for label, url in (_get(metadata, "project_urls") or {}).items():
        if not label or len(label) > _LABEL:
            yield RawFinding(
                "metadata", f"the label {label!r} of a project URL has not 1 to {_LABEL} characters", label
            )
        elif not _is_url(url):
            yield RawFinding("metadata", f"the project URL {label!r} is no address: {url!r}", label)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", text)


def _direct(metadata: Metadata) -> Iterator[RawFinding]:
    for requirement in requirements(metadata):
        if requirement.url is not None:
            yield RawFinding("direct", f"an index takes no requirement on an address: {requirement}", requirement.name)


def _pins(metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    planned = context.planned
    pins = {canonicalize_name(name): SpecifierSet(text) for name, text in planned.pins.items()}
    found: set[str] = set()
    for requirement in requirements(metadata):
        name = canonicalize_name(requirement.name)
        optional = requirement.marker is not None and "extra" in str(requirement.marker)
        if not optional:
            found.add(name)
        if name in pins and not are_equivalent(requirement.specifier, pins[name]):
            yield RawFinding("pin", f"{requirement} was planned to be {requirement.name}{pins[name]}", name)
        if not optional and name in context.planned_names and name not in planned.needs:
            yield RawFinding("pin", f"it needs {name}, of which the plan does not know: it may go up too early", name)
    for need in planned.needs:
        if canonicalize_name(need) not in found:
            yield RawFinding("pin", f"it needs {need} in the tree, and does not ask for it", need)


def requirements(metadata: Metadata) -> tuple[Requirement, ...]:
    """``Requires-Dist``, as far as it can be read."""
    return tuple(_get(metadata, "requires_dist") or ())


def _get(metadata: Metadata, field: str) -> Any:
    """A field, or nothing where it is invalid, which was told before."""
    try:
        return getattr(metadata, field)
    except (InvalidMetadata, ValueError, RecursionError):
        return None
