"""Define the status of one distribution in a release."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from commonhold.errors import assert_never
from commonhold.release.model.journal_events import Uploaded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from commonhold.release.model.journal_events import UploadEvent
    from commonhold.release.model.plan import Artifact, PlannedDistribution


class PluginStatus(Enum):
    """The progress of one distribution in a release. ``release.json`` contains these values."""

    HELD_BACK = "held"  # excluded by the plan
    PLANNED = "planned"
    BUILD_FAILED = "failed"
    BUILT = "built"  # built, but not inspected
    FAILED_INSPECTION = "faulty"
    READY = "ready"  # passed inspection, can be uploaded
    PARTLY_UPLOADED = "partly"
    BLOCKED = "waiting"  # a dependency is not released
    DEFERRED = "postponed"
    CONFLICT = "conflict"
    REJECTED = "refused"
    UPLOADED = "uploaded"  # all files, not verified yet
    UNVERIFIED = "unverified"
    VERIFIED = "verified"

    @property
    def is_uploadable(self) -> bool:
        """Return whether a publication includes the distribution: it is built and passed inspection.

        Distributions that were blocked, deferred or rejected are tried again. Distributions that are already on the
        index are included too, but their files are not uploaded again.
        """
        match self:
            case (
                PluginStatus.HELD_BACK
                | PluginStatus.PLANNED
                | PluginStatus.BUILD_FAILED
                | PluginStatus.BUILT
                | PluginStatus.FAILED_INSPECTION
            ):
                return False
            case (
                PluginStatus.READY
                | PluginStatus.PARTLY_UPLOADED
                | PluginStatus.BLOCKED
                | PluginStatus.DEFERRED
                | PluginStatus.CONFLICT
                | PluginStatus.REJECTED
                | PluginStatus.UPLOADED
                | PluginStatus.UNVERIFIED
                | PluginStatus.VERIFIED
            ):
                return True
        return assert_never(self)


@dataclass(frozen=True, slots=True)
class PluginState:
    """The state of one distribution.

    ``why`` explains the status, or is empty; ``because`` is the distribution that blocks this one; ``until`` is the
    earliest time to try again. ``known`` means that the previous release had the same findings; ``strict`` means that
    these findings stop the release nevertheless. ``lost`` are the files that the wheel lacks because the sdist omits
    them.
    """

    plugin: PlannedDistribution
    status: PluginStatus
    why: str = ""
    because: str | None = None
    until: datetime | None = None
    files: tuple[Artifact, ...] = ()
    uploads: Mapping[str, UploadEvent] = field(default_factory=dict)
    known: bool = False
    strict: bool = False
    lost: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.plugin.name

    @property
    def stops(self) -> bool:
        """Return whether the distribution stops the whole release: it is required, but cannot be uploaded.

        Defects that the previous release had too do not stop a release, unless the inspection was strict.
        """
        if self.is_uploadable or self.status is PluginStatus.HELD_BACK:
            return False
        return self.strict or (self.plugin.stops and not self.known)

    @property
    def is_uploaded(self) -> bool:
        """Return whether every file of the distribution is on the index."""
        return self.status in (PluginStatus.UPLOADED, PluginStatus.UNVERIFIED, PluginStatus.VERIFIED)

    @property
    def is_uploadable(self) -> bool:
        """Return whether the distribution is built and has passed inspection."""
        return self.status.is_uploadable

    @property
    def any_uploaded(self) -> bool:
        """Return whether any file of the distribution is on the index."""
        return any(isinstance(upload, Uploaded) for upload in self.uploads.values())
