"""The release before: to tell what is newly broken from what was shipped like that already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.release.inspect.artifact_checks import check_untrusted_artifacts
from commonhold.release.inspect.lost_files import lost_previously
from commonhold.release.model.archive import MAX_FILE_BYTES, RawFinding, open_archive
from commonhold.release.model.plan import Artifact
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.index.client import IndexClient, IndexFile
    from commonhold.release.inspect.artifact_checks import CheckedArtifacts
    from commonhold.release.inspect.check_context import CheckContext
    from commonhold.release.model.archive import ArchiveContents
    from commonhold.release.model.plan import PlannedDistribution

# What is wrong beside a plan or a commit says nothing of other versions.
_OF_THIS_RELEASE = frozenset({"tree", "pin", "version", "files"})


@dataclass(frozen=True, slots=True)
class PreviousRelease:
    """A release of before: its version, and its files."""

    version: str
    archives: tuple[ArchiveContents, ...]


def fetch_previous_release(index: IndexClient, planned: PlannedDistribution) -> PreviousRelease | None:
    """The newest release before this one that was not yanked. Raises ``IndexUnreachableError``."""
    newest, files = _newest(index.files(planned.name) or (), Version(planned.version))
    if newest is None:
        return None
    fetched = ((file.name, index.fetch(file, MAX_FILE_BYTES)) for file in files)
    # One that is larger than an index takes is none that it can have from anybody.
    return PreviousRelease(str(newest), tuple(_open(name, data) for name, data in fetched if data is not None))


def check_previous_release(
    before: PreviousRelease, context: CheckContext, findings: Iterable[RawFinding]
) -> frozenset[tuple[str, str]]:
    """What was wrong then: rules, and what they were about; ``findings`` are those of now."""
    then = {(finding.rule, finding.about) for finding in _look(before, context).findings}
    return frozenset(then.union(lost_previously(before.archives, findings)))


def find_lost_description(before: PreviousRelease, context: CheckContext) -> RawFinding | None:
    """The finding of a plugin that has no description, if the release before had one."""
    if not _look(before, context).has_description:
        return None
    words = f"{context.planned.name} has no description, and {before.version} had one; did the README get lost?"
    return RawFinding("readme", words, "lost")


def _look(before: PreviousRelease, context: CheckContext) -> CheckedArtifacts:
    return check_untrusted_artifacts(before.archives, replace(context, planned=_as_of(context.planned, before.version)))


def is_known_defect(finding: RawFinding, before: frozenset[tuple[str, str]]) -> bool:
    """Whether the release before had the same defect."""
    return finding.rule not in _OF_THIS_RELEASE and (finding.rule, finding.about) in before


def _as_of(planned: PlannedDistribution, version: str) -> PlannedDistribution:
    import msgspec

    return msgspec.structs.replace(planned, version=version, pins={}, needs=())


def _newest(served: Iterable[IndexFile], limit: Version) -> tuple[Version | None, list[IndexFile]]:
    by_version: dict[Version, list[IndexFile]] = {}
    for file in served:
        version = parse_version(file.version or "")
        if version is None:
            continue
        if version < limit and not file.yanked and file.name.endswith((".whl", ".tar.gz")):
            by_version.setdefault(version, []).append(file)
    newest = max(by_version, default=None)
    return newest, by_version[newest] if newest is not None else []


def _open(name: str, data: bytes) -> ArchiveContents:
    return open_archive(Artifact(name, hashlib.sha256(data).hexdigest(), len(data)), data)
