"""Check METADATA and PKG-INFO against the specification, PyPI's further rules, and the plan."""

from __future__ import annotations

import re
import sys
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
    from commonhold.release.model.plan import PlannedDistribution

# PyPI limits the length of these two values; the specification does not.
_MAX_SUMMARY = 512
_MAX_URL_LABEL = 32
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\"\\]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PROJECT_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)  # PEP 508


def parse_core_metadata(name: str, data: bytes) -> tuple[Metadata | None, tuple[RawFinding, ...]]:
    """Parse core metadata and report violations of the specification; ``name`` is the file name for messages.

    If invalid metadata can be parsed at all, it is returned with the findings, so that the other rules can check it.
    """
    try:
        return Metadata.from_email(data, validate=True), ()
    except Exception as error:  # noqa: BLE001 - on Python 3.10 packaging raises an exception group of its own
        findings = tuple(_invalid(name, each) for each in getattr(error, "exceptions", (error,)))
    try:
        return Metadata.from_email(data, validate=False), findings
    except Exception:  # noqa: BLE001 - the findings describe what cannot be parsed
        return None, findings


def _invalid(name: str, error: BaseException) -> RawFinding:
    field = error.field if isinstance(error, InvalidMetadata) else ""
    return RawFinding("metadata", f"{name}: {error}", field)


def check_metadata(name: str, metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    """Report values that an index rejects or that differ from the plan.

    Violations of the specification are not included; :func:`parse_core_metadata` reports them.
    """
    checks = (_check_identity, _check_pins)
    index_checks = (
        *(_check_local_version, _check_summary, _check_classifiers),
        *(_check_emails, _check_urls, _check_direct_references),
    )
    found = (
        *(check(metadata, context) for check in checks),
        *(check(metadata) for check in index_checks),
    )
    for finding in chain(*found):
        yield replace(finding, message=f"{name}: {finding.message}")


def check_project_name(planned: PlannedDistribution) -> Iterator[RawFinding]:
    """Report a project name that is malformed, or that an index rejects for new projects."""
    if not _PROJECT_NAME.fullmatch(planned.name):
        yield RawFinding("name", f"{planned.name!r} is not a valid project name", planned.name)
    # PyPI prohibits the names of standard library modules: users would install them by mistake.
    elif planned.new and planned.name.lower().replace("-", "_") in {name.lower() for name in sys.stdlib_module_names}:
        message = (
            f"{planned.name} is a module of the standard library, so the index does not accept it as a new project"
        )
        yield RawFinding("name", message, planned.name)


def _check_identity(metadata: Metadata, context: CheckContext) -> Iterator[RawFinding]:
    planned = context.planned
    name = _get(metadata, "name")
    version = _get(metadata, "version")
    if name is not None and canonicalize_name(name) != canonicalize_name(planned.name):
        yield RawFinding("name", f"the name is {name}, but {planned.name} was planned", name)
    if version is not None and version != Version(planned.version):
        yield RawFinding("version", f"the version is {version}, but {planned.version} was planned")


def _check_local_version(metadata: Metadata) -> Iterator[RawFinding]:
    # PEP 440: local versions are for changed copies of a release and must not be uploaded to an index.
    version = _get(metadata, "version")
    if version is not None and version.local:
        yield RawFinding("local-version", f"{version} is a local version, which the index rejects")


def _check_summary(metadata: Metadata) -> Iterator[RawFinding]:
    summary = _get(metadata, "summary") or ""
    if len(summary) > _MAX_SUMMARY:
        message = f"the summary has {len(summary)} characters; the index accepts at most {_MAX_SUMMARY}"
        yield RawFinding("metadata", message, "summary-length")


def _check_classifiers(metadata: Metadata) -> Iterator[RawFinding]:
    valid, deprecated = _known_classifiers()
    for classifier in _get(metadata, "classifiers") or ():
        # PyPI reserves this prefix for projects that must not be published by mistake.
        if classifier.startswith("Private ::"):
            yield RawFinding("classifier", f"{classifier!r} makes the index reject the upload", classifier)
        elif classifier in deprecated:
            instead = " or ".join(deprecated[classifier]) or "none"
            message = f"{classifier!r} is deprecated, and the index rejects it; instead use: {instead}"
            yield RawFinding("classifier", message, classifier)
        elif classifier not in valid:
            yield RawFinding("classifier", f"{classifier!r} is not a known classifier", classifier)


@lru_cache(maxsize=1)
def _known_classifiers() -> tuple[frozenset[str], Mapping[str, list[str]]]:
    import trove_classifiers

    return frozenset(trove_classifiers.classifiers), trove_classifiers.deprecated_classifiers


def _check_emails(metadata: Metadata) -> Iterator[RawFinding]:
    for field in ("author_email", "maintainer_email"):
        value = _get(metadata, field)
        address = parseaddr(value)[1] if value else ""
        if address and not _EMAIL.fullmatch(address):
            yield RawFinding("metadata", f"{field.replace('_', '-')} {address!r} is not a valid address", field)


def _check_urls(metadata: Metadata) -> Iterator[RawFinding]:
    for field in ("home_page", "download_url"):
        url = _get(metadata, field)
        # Old versions of setuptools write UNKNOWN for an empty field, and PyPI accepts it.
        if url and url != "UNKNOWN" and not _is_url(url):
            yield RawFinding("metadata", f"{field.replace('_', '-')} {url!r} is not a valid URL", field)
    for label, url in (_get(metadata, "project_urls") or {}).items():
        if not label or len(label) > _MAX_URL_LABEL:
            message = f"the label {label!r} of a project URL does not have 1 to {_MAX_URL_LABEL} characters"
            yield RawFinding("metadata", message, label)
        elif not _is_url(url):
            yield RawFinding("metadata", f"the project URL {label!r} is not a valid URL: {url!r}", label)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", text)


def _check_direct_references(metadata: Metadata) -> Iterator[RawFinding]:
    # PEP 440: a public index should not accept distributions that use direct references; PyPI does not.
    for requirement in requirements(metadata):
        if requirement.url is not None:
            message = f"the index rejects requirements on a URL: {requirement}"
            yield RawFinding("direct", message, requirement.name)


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


def requirements(metadata: Metadata) -> tuple[Requirement, ...]:
    """Return the requirements in ``Requires-Dist``; empty if the field is invalid."""
    return tuple(_get(metadata, "requires_dist") or ())


def _get(metadata: Metadata, field: str) -> Any:
    """Return a field; ``None`` if it is invalid. Parsing has already reported invalid fields."""
    try:
        return getattr(metadata, field)
    except (InvalidMetadata, ValueError, RecursionError):
        return None
