"""Check the previous release with the same rules as the new release, to find out which defects are new."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.version import Version

from commonhold.release.inspect.artifact_checks import check_untrusted_artifacts
from commonhold.release.inspect.compare_tree import lost_previously
from commonhold.release.model.archive import MAX_FILE_BYTES, RawFinding, open_archive
from commonhold.release.model.plan import RULES_OF_THIS_RELEASE, Artifact
from commonhold.versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.index.client import IndexClient
    from commonhold.index.page import IndexFile
    from commonhold.release.inspect.artifact_checks import CheckedArtifacts
    from commonhold.release.inspect.check_context import CheckContext
    from commonhold.release.model.archive import ArchiveContents
    from commonhold.release.model.plan import PlannedDistribution


@dataclass(frozen=True, slots=True)
class PreviousRelease:
    """An earlier release: its version, and the contents of its files."""

    version: str
    archives: tuple[ArchiveContents, ...]


def fetch_previous_release(index: IndexClient, planned: PlannedDistribution) -> PreviousRelease | None:
    """Download the newest earlier release that was not yanked; return ``None`` if no such release exists.

    Raises ``IndexUnreachableError``.
    """
    newest, files = _newest(index.files(planned.name) or (), Version(planned.version))
    if newest is None:
        return None
    fetched = ((file.name, index.fetch(file, MAX_FILE_BYTES)) for file in files)
    # PyPI granted an exception for a file above the limit; the file is skipped to save memory.
    return PreviousRelease(str(newest), tuple(_open(name, data) for name, data in fetched if data is not None))


def check_previous_release(
    previous: PreviousRelease, context: CheckContext, findings: Iterable[RawFinding]
) -> frozenset[tuple[str, str]]:
    """Return the rule and subject of each defect in an earlier release; ``findings`` are this release's findings."""
    earlier = {(finding.rule, finding.about) for finding in _check(previous, context).findings}
    return frozenset(earlier.union(lost_previously(previous.archives, findings)))


def find_lost_description(previous: PreviousRelease, context: CheckContext) -> RawFinding | None:
    """Report that a plugin has no description although the previous release had one."""
    if not _check(previous, context).has_description:
        return None
    name = context.planned.name
    message = f"{name} has no description, but {previous.version} had one; is the README missing from the metadata?"
    return RawFinding("readme", message, "lost")


def _check(previous: PreviousRelease, context: CheckContext) -> CheckedArtifacts:
    planned = _with_version(context.planned, previous.version)
    return check_untrusted_artifacts(previous.archives, replace(context, planned=planned))


def is_known_defect(finding: RawFinding, earlier: frozenset[tuple[str, str]]) -> bool:
    """Return whether the previous release had the same defect."""
    return finding.rule not in RULES_OF_THIS_RELEASE and (finding.rule, finding.about) in earlier


def _with_version(planned: PlannedDistribution, version: str) -> PlannedDistribution:
    import msgspec

    return msgspec.structs.replace(planned, version=version, pins={}, needs=())


def _newest(files: Iterable[IndexFile], limit: Version) -> tuple[Version | None, list[IndexFile]]:
    by_version: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = parse_version(file.version or "")
        if version is None:
            continue
        if version < limit and not file.yanked and file.name.endswith((".whl", ".tar.gz")):
            by_version.setdefault(version, []).append(file)
    newest = max(by_version, default=None)
    return newest, by_version[newest] if newest is not None else []


def _open(name: str, data: bytes) -> ArchiveContents:
    return open_archive(Artifact(name, hashlib.sha256(data).hexdigest(), len(data)), data)
