"""Check metadata against the rules of PyPI that go beyond the specification.

docs/reference/index-rules.md lists every rule of PyPI, with the test that covers it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parseaddr
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from commonhold.release.inspect.core_metadata import get_field, requirements
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.metadata import Metadata

    from commonhold.release.model.plan import PlannedDistribution

_METADATA_VERSIONS = frozenset(("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"))
# PyPI limits the length of these two values; the specification does not.
_MAX_SUMMARY = 512
_MAX_URL_LABEL = 32
_PROJECT_NAME = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)  # PEP 508
# Old versions of setuptools write this text for an empty field, and PyPI ignores a field with this value.
_NO_VALUE = "UNKNOWN"


def check_index_metadata(name: str, metadata: Metadata) -> Iterator[RawFinding]:
    """Report valid values that PyPI rejects; ``name`` is the file name for messages."""
    checks = (
        *(_check_metadata_version, _check_local_version, _check_summary, _check_classifiers, _check_emails),
        *(_check_urls, _check_direct_references, _check_other_dists, _check_dynamic, _check_licence),
    )
    for finding in chain(*(check(metadata) for check in checks)):
        yield replace(finding, message=f"{name}: {finding.message}")


def check_project_name(planned: PlannedDistribution) -> Iterator[RawFinding]:
    """Report a project name that is malformed, or that an index rejects for new projects."""
    if not _PROJECT_NAME.fullmatch(planned.name):
        yield RawFinding("name", f"{planned.name!r} is not a valid project name", planned.name)
    # PyPI prohibits the names of standard library modules: users would install them by mistake.
    elif planned.new and canonicalize_name(planned.name) in _standard_library():
        message = (
            f"{planned.name} is a module of the standard library, so the index does not accept it as a new project"
        )
        yield RawFinding("name", message, planned.name)


@lru_cache(maxsize=1)
def _standard_library() -> frozenset[str]:
    """Return the normalized names of all standard library modules in any Python version."""
    from stdlib_list import short_versions, stdlib_list

    return frozenset(
        canonicalize_name(module.strip("-_.")) for version in short_versions for module in stdlib_list(version)
    )


def _check_metadata_version(metadata: Metadata) -> Iterator[RawFinding]:
    # The packaging library may know a newer version than PyPI.
    version = get_field(metadata, "metadata_version")
    if version is not None and version not in _METADATA_VERSIONS:
        yield RawFinding("metadata", f"the index does not know metadata version {version}", "metadata-version")


def _check_local_version(metadata: Metadata) -> Iterator[RawFinding]:
    # PEP 440: local versions are for changed copies of a release and must not be uploaded to an index.
    version = get_field(metadata, "version")
    if version is not None and version.local:
        yield RawFinding("local-version", f"{version} is a local version, which the index rejects")


def _check_summary(metadata: Metadata) -> Iterator[RawFinding]:
    summary = get_field(metadata, "summary") or ""
    if len(summary) > _MAX_SUMMARY:
        message = f"the summary has {len(summary)} characters; the index accepts at most {_MAX_SUMMARY}"
        yield RawFinding("metadata", message, "summary-length")


def _check_classifiers(metadata: Metadata) -> Iterator[RawFinding]:
    valid, deprecated = _known_classifiers()
    for classifier in get_field(metadata, "classifiers") or ():
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
        value = _value(metadata, field)
        # The index reads only the first address of a list.
        address = parseaddr(value)[1] if value else ""
        problem = _email_problem(address) if address else None
        if problem:
            yield RawFinding("metadata", f"{_shown(field)} {address!r} is not a valid address: {problem}", field)


@lru_cache(maxsize=512)  # all plugins of a repository have few addresses
def _email_problem(address: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        return str(error)
    return None


def _check_urls(metadata: Metadata) -> Iterator[RawFinding]:
    for field in ("home_page", "download_url"):
        url = _value(metadata, field)
        if url and not _is_url(url):
            yield RawFinding("metadata", f"{_shown(field)} {url!r} is not a valid URL", field)
    for label, url in (get_field(metadata, "project_urls") or {}).items():
        if not label or len(label) > _MAX_URL_LABEL:
            message = f"the label {label!r} of a project URL does not have 1 to {_MAX_URL_LABEL} characters"
            yield RawFinding("metadata", message, label)
        elif not url or not _is_url(url):
            yield RawFinding("metadata", f"the project URL {label!r} is not a valid URL: {url!r}", label)


def _is_url(text: str) -> bool:
    from rfc3986 import exceptions, uri_reference, validators

    validator = validators.Validator().allow_schemes("http", "https").require_presence_of("scheme")
    validator.check_validity_of("scheme", "host", "port", "path", "query")
    try:
        validator.validate(uri_reference(text).normalize())
    except (exceptions.RFC3986Exception, ValueError):
        return False
    return True


def _check_direct_references(metadata: Metadata) -> Iterator[RawFinding]:
    # PEP 440: a public index should not accept distributions that use direct references; PyPI does not.
    for requirement in requirements(metadata):
        if requirement.url is not None:
            message = f"the index rejects requirements on a URL: {requirement}"
            yield RawFinding("direct", message, requirement.name)


def _check_other_dists(metadata: Metadata) -> Iterator[RawFinding]:
    """Check the fields that name other distributions but that the packaging library does not parse."""
    for field in ("provides_dist", "obsoletes_dist"):
        for text in get_field(metadata, field) or ():
            try:
                url = Requirement(text).url
            except InvalidRequirement:
                yield RawFinding("metadata", f"{_shown(field)} {text!r} is not a valid requirement", field)
                continue
            if url is not None:
                yield RawFinding("direct", f"the index rejects requirements on a URL: {text}", field)


def _check_dynamic(metadata: Metadata) -> Iterator[RawFinding]:
    # The packaging library checks all other values of the field.
    if "dynamic" in (get_field(metadata, "dynamic") or ()):
        yield RawFinding("metadata", "the field Dynamic cannot be dynamic itself", "dynamic")


def _check_licence(metadata: Metadata) -> Iterator[RawFinding]:
    # PEP 639 deprecates License if License-Expression is present.
    if _value(metadata, "license") and _value(metadata, "license_expression"):
        message = "the index rejects metadata with both License and License-Expression; remove License"
        yield RawFinding("metadata", message, "license")


def _value(metadata: Metadata, field: str) -> str | None:
    value = get_field(metadata, field)
    return None if value is None or value.strip() == _NO_VALUE else str(value)


def _shown(field: str) -> str:
    return field.replace("_", "-")
