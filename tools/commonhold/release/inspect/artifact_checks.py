"""Apply every rule that needs only one plugin's own artifacts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from commonhold.effects.machine import MachineWatch, machine_error
from commonhold.release.inspect.compare_tree import compare_sdist, compare_wheel
from commonhold.release.inspect.core_metadata import check_metadata, get_field, knows_requirements, requirements
from commonhold.release.inspect.entry_points import check_entry_points, script_paths
from commonhold.release.inspect.index_metadata import check_index_metadata, check_project_name
from commonhold.release.inspect.layout import read_sdist_layout, read_wheel_layout
from commonhold.release.inspect.licence_files import check_sdist_licences, check_wheel_licences
from commonhold.release.inspect.namespace import check_namespace
from commonhold.release.inspect.platform_tags import check_pythons
from commonhold.release.inspect.readme import check_readme, has_description
from commonhold.release.inspect.record_file import check_record
from commonhold.release.model.archive import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.metadata import Metadata

    from commonhold.release.inspect.check_context import CheckContext
    from commonhold.release.model.archive import ArchiveContents


@dataclass(frozen=True, slots=True)
class CheckedArtifacts:
    """The findings in a plugin's artifacts, and the facts that later rules need."""

    findings: tuple[RawFinding, ...]
    installed_paths: frozenset[str] = frozenset()
    has_description: bool = False


def check_artifacts(archives: Iterable[ArchiveContents], context: CheckContext) -> CheckedArtifacts:
    """Check one plugin's artifacts against every rule that needs no other plugin and no index."""
    parts = [_check_wheel(each, context) if each.is_wheel else _check_sdist(each, context) for each in archives]
    findings = [*check_project_name(context.planned)]
    wheels = sum(part.is_wheel for part in parts)
    if not wheels or len(parts) - wheels != 1:
        counts = f"{len(parts) - wheels} sdists and {wheels} wheels"
        message = f"{context.planned.name} has {counts} instead of one sdist and at least one wheel"
        findings.append(RawFinding("files", message))
    for part in parts:
        findings += part.findings
        if part.metadata is not None:
            findings += check_metadata(part.name, part.metadata, context)
            findings += check_index_metadata(part.name, part.metadata)
            findings += check_readme(part.name, part.metadata)
    findings += _compare_requirements(parts)
    requires_python = next((get_field(part.metadata, "requires_python") for part in parts if part.metadata), None)
    findings += check_pythons(context.planned.name, [part.name for part in parts if part.is_wheel], requires_python)
    installed = frozenset[str]().union(*(part.installed_paths for part in parts))
    described = any(part.metadata is not None and has_description(part.metadata) for part in parts)
    return CheckedArtifacts(tuple(dict.fromkeys(findings)), installed, described)


def check_untrusted_artifacts(archives: Iterable[ArchiveContents], context: CheckContext) -> CheckedArtifacts:
    """Check artifacts that may have been crafted to crash the checks; convert any exception to a finding."""
    # One hostile plugin must not end the inspection of the other plugins.
    try:
        return check_artifacts(archives, context)
    except Exception as error:
        if isinstance(error, OSError) and machine_error(error) is not None:
            raise
        # A crafted archive can exhaust the memory too, so this counts only if the machine has little left.
        MachineWatch().check(f"inspecting {context.planned.name}", type(error).__name__)
        message = f"{context.planned.name} cannot be inspected: {type(error).__name__}"
        return CheckedArtifacts((RawFinding("archive", message, "unreadable"),))


@dataclass(frozen=True, slots=True)
class _CheckedFile:
    """The findings in one artifact, and the facts that later rules need."""

    name: str
    is_wheel: bool
    findings: tuple[RawFinding, ...]
    installed_paths: frozenset[str] = frozenset()
    metadata: Metadata | None = None


def _check_wheel(archive: ArchiveContents, context: CheckContext) -> _CheckedFile:
    # An archive without members could not be read; opening it has already reported that.
    wheel, findings = read_wheel_layout(archive, context) if archive.members else (None, ())
    part = _CheckedFile(archive.artifact.name, True, (*archive.findings, *findings))
    if wheel is None:
        return part
    checks = (compare_wheel, check_namespace, check_wheel_licences)
    found = chain(check_record(wheel), check_entry_points(wheel), *(check(wheel, context) for check in checks))
    return replace(
        part,
        findings=(*part.findings, *found),
        installed_paths=frozenset((*wheel.installed, *script_paths(wheel))),
        metadata=wheel.metadata,
    )


def _check_sdist(archive: ArchiveContents, context: CheckContext) -> _CheckedFile:
    sdist, findings = read_sdist_layout(archive, context) if archive.members else (None, ())
    part = _CheckedFile(archive.artifact.name, False, (*archive.findings, *findings))
    if sdist is None:
        return part
    found = (*compare_sdist(sdist, context), *check_sdist_licences(sdist, context))
    return replace(part, findings=(*part.findings, *found), metadata=sdist.metadata)


def _compare_requirements(parts: Iterable[_CheckedFile]) -> Iterator[RawFinding]:
    """Find artifacts whose requirements differ.

    Resolvers read the requirements of one file and assume that all files of the version have them.
    """
    known = [(part.name, part.metadata) for part in parts if part.metadata]
    required = [
        (name, {str(each) for each in requirements(metadata)})
        for name, metadata in known
        if knows_requirements(name, metadata)
    ]
    for name, theirs in required[1:]:
        first, ours = required[0]
        if theirs != ours:
            different = ", ".join(sorted(theirs ^ ours))
            yield RawFinding("metadata", f"{name} and {first} have different requirements: {different}", "differs")
