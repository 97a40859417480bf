"""Define the events of a journal, with one class for each kind.

A new kind of event does not change the schema number; a change to an existing kind increments the number.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, TypeAlias

import msgspec

from commonhold.release.model.plan import Artifact, ArtifactFinding, Sha256

SCHEMA = 1

# Times are compared and printed, which fails for a time without a zone.
Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(timezone.utc)


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="event", kw_only=True):
    at: Time = msgspec.field(default_factory=now)


class Began(_Event, frozen=True, tag="began"):
    """A store was created; ``plan`` is the SHA-256 of its plan file."""

    plan: str
    commonhold: str
    schema: int = SCHEMA


class Built(_Event, frozen=True, tag="built"):
    """The files of a plugin are in the store.

    ``lost`` are the files that its sdist, and therefore its wheel, omits.
    """

    plugin: str
    files: tuple[Artifact, ...]
    lost: tuple[str, ...] = ()


class BuildFailed(_Event, frozen=True, tag="build-failed"):
    """A plugin could not be staged or built; ``log`` is the path of the log in the store."""

    plugin: str
    why: str
    log: str | None = None


class Inspected(_Event, frozen=True, tag="inspected"):
    """The files of a plugin, listed by hash, were inspected. The files can be uploaded if there are no findings.

    ``strict`` means that its findings stop the release.
    """

    plugin: str
    files: tuple[Sha256, ...]
    findings: tuple[ArtifactFinding, ...] = ()
    strict: bool = False


class IndexSelected(_Event, frozen=True, tag="directed"):
    """Later uploads go to this index; ``simple`` is the URL of its simple API."""

    index: str
    simple: str


class Uploading(_Event, frozen=True, tag="uploading"):
    """An upload is about to be sent. The index may have the file even if no response is received."""

    plugin: str
    file: str
    sha256: Sha256


class Uploaded(_Event, frozen=True, tag="uploaded"):
    """The index has the file with this hash; ``already`` means that it had the file before this release uploaded it."""

    plugin: str
    file: str
    sha256: Sha256
    already: bool = False


class Conflict(_Event, frozen=True, tag="conflict"):
    """The index has a different file of this name.

    ``theirs`` is its SHA-256, or empty if the hash of a larger file is unknown.
    """

    plugin: str
    file: str
    ours: Sha256
    theirs: str


class Rejected(_Event, frozen=True, tag="refused"):
    """The index permanently rejects the file; ``status`` is the HTTP status, or 0 if the file was not sent."""

    plugin: str
    file: str
    status: Annotated[int, msgspec.Meta(ge=0, le=999)]
    why: str


class Deferred(_Event, frozen=True, tag="postponed"):
    """The upload was deferred because of a quota or an unresponsive index; try again at the time ``until``."""

    plugin: str
    file: str
    why: str
    until: Time | None = None


class HeldBack(_Event, frozen=True, tag="held"):
    """A plugin is held back; ``because`` is the missing plugin that it requires, or empty for any other reason."""

    plugin: str
    why: str
    because: str | None = None


class Verified(_Event, frozen=True, tag="verified"):
    """The index has all files of a plugin with the right hashes, and the plugin resolves from the index."""

    plugin: str


class NotVerified(_Event, frozen=True, tag="not-verified"):
    """The index lacks an uploaded file or has a different file, or the plugin does not resolve from the index."""

    plugin: str
    why: str


class Tagged(_Event, frozen=True, tag="tagged"):
    """A tag was pushed."""

    tag: str
    commit: str


class Aborted(_Event, frozen=True, tag="aborted"):
    """The release was aborted; no more files are uploaded from this store."""

    why: str


Event: TypeAlias = (
    Began
    | Built
    | BuildFailed
    | Inspected
    | IndexSelected
    | Uploading
    | Uploaded
    | Conflict
    | Rejected
    | Deferred
    | HeldBack
    | Verified
    | NotVerified
    | Tagged
    | Aborted
)

UploadEvent: TypeAlias = Uploading | Uploaded | Conflict | Rejected | Deferred
