"""All rules for one plugin's own artifacts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from commonhold.release.inspect.compare_tree import compare_sdist, compare_wheel
from commonhold.release.inspect.core_metadata import check_metadata, requirements
from commonhold.release.inspect.cross_plugin import script_paths
from commonhold.release.inspect.layout import read_sdist_layout, read_wheel_layout
from commonhold.release.inspect.licence_files import check_sdist_licences, check_wheel_licences
from commonhold.release.inspect.namespace import check_namespace
from commonhold.release.inspect.project_names import check_project_name
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
    """What the files of a plugin are: what is wrong with them, and where its wheels put which files.

    ``has_description`` says whether any of them holds a description.
    """

    findings: tuple[RawFinding, ...]
    installed_paths: frozenset[str] = frozenset()
    has_description: bool = False


def check_artifacts(archives: Iterable[ArchiveContents], context: CheckContext) -> CheckedArtifacts:
    """Hold the artifacts of one plugin against every rule that needs no other plugin and no index."""
    parts = [_wheel(archive, context) if archive.is_wheel else _sdist(archive, context) for archive in archives]
    findings = [*check_project_name(context.planned)]
    wheels = sum(part.is_wheel for part in parts)
    if not wheels or len(parts) - wheels != 1:
        counts = f"{len(parts) - wheels} sdists and {wheels} wheels"
        findings.append(RawFinding("files", f"{context.planned.name} has {counts}, not one sdist and a wheel"))
    for part in parts:
        findings += part.findings
        if part.metadata is not None:
            findings += check_metadata(part.name, part.metadata, context)
            findings += check_readme(part.name, part.metadata)
    findings += _differences(parts)
    installed_paths = frozenset[str]().union(*(part.installed_paths for part in parts))
    described = any(part.metadata is not None and has_description(part.metadata) for part in parts)
    return CheckedArtifacts(tuple(dict.fromkeys(findings)), installed_paths, described)


def check_untrusted_artifacts(archives: Iterable[ArchiveContents], context: CheckContext) -> CheckedArtifacts:
    """The same, of what may have been made to break whoever looks at it: that is a finding, too."""
    try:
        return check_artifacts(archives, context)
    except Exception as error:  # noqa: BLE001 - the libraries that read it raise whatever they do
        words = f"{context.planned.name} holds what cannot be looked at: {type(error).__name__}"
        return CheckedArtifacts((RawFinding("archive", words, "unreadable"),))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one artifact is found to be."""

    name: str
    is_wheel: bool
    findings: tuple[RawFinding, ...]
    installed_paths: frozenset[str] = frozenset()
    metadata: Metadata | None = None


def _wheel(archive: ArchiveContents, context: CheckContext) -> _Part:
    wheel, findings = read_wheel_layout(archive, context) if archive.members else (None, ())
    part = _Part(archive.artifact.name, True, (*archive.findings, *findings))
    if wheel is None:
        return part
    checks = (compare_wheel, check_namespace, check_wheel_licences)
    found = chain(check_record(wheel), *(check(wheel, context) for check in checks))
    return replace(
        part,
        findings=(*part.findings, *found),
        installed_paths=frozenset((*wheel.installed, *script_paths(wheel))),
        metadata=wheel.metadata,
    )


def _sdist(archive: ArchiveContents, context: CheckContext) -> _Part:
    sdist, findings = read_sdist_layout(archive, context) if archive.members else (None, ())
    part = _Part(archive.artifact.name, False, (*archive.findings, *findings))
    if sdist is None:
        return part
    found = (*compare_sdist(sdist, context), *check_sdist_licences(sdist, context))
    return replace(part, findings=(*part.findings, *found), metadata=sdist.metadata)


def _differences(parts: Iterable[_Part]) -> Iterator[RawFinding]:
    """Installers choose the wheel or the sdist; both must ask for the same."""
    asked = [(part.name, {str(each) for each in requirements(part.metadata)}) for part in parts if part.metadata]
    for name, asks in asked[1:]:
        first, wanted = asked[0]
        if asks != wanted:
            other = ", ".join(sorted(asks ^ wanted))
            yield RawFinding("metadata", f"{name} and {first} ask for other things: {other}", "differs")
