"""What a journal tells: one class an event. Adding a kind is free; to change one raises the schema."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TypeAlias

import msgspec

from commonhold.release.model.plan import Artifact, Finding

SCHEMA = 1


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(timezone.utc)


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="event", kw_only=True):
    at: datetime = msgspec.field(default_factory=now)


class Began(_Event, frozen=True, tag="began"):
    """A store was made for a plan, whose file has this SHA-256."""

    plan: str
    commonhold: str
    schema: int = SCHEMA


class Built(_Event, frozen=True, tag="built"):
    """The files of a plugin are in the store.

    ``lost`` are the files that its wheel would hold if it were not built from its sdist, which leaves them out.
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
    """The files of a plugin, named by their hashes, were looked at; without findings they may go up.

    ``strict`` says that any finding was to stop the release.
    """

    plugin: str
    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    strict: bool = False


class IndexSelected(_Event, frozen=True, tag="directed"):
    """From here on, uploads go to this index, and are looked for there; ``simple`` is where it is read."""

    index: str
    simple: str


class Uploading(_Event, frozen=True, tag="uploading"):
    """An upload begins: from here on the index may have the file, whatever is heard of it."""

    plugin: str
    file: str
    sha256: str


class Uploaded(_Event, frozen=True, tag="uploaded"):
    """The index has the file with these bytes; ``already`` when it had it before this upload."""

    plugin: str
    file: str
    sha256: str
    already: bool = False


class Conflict(_Event, frozen=True, tag="conflict"):
    """The index has other bytes under the file's name; ``theirs`` is empty where it tells no hash and they are more."""

    plugin: str
    file: str
    ours: str
    theirs: str


class Rejected(_Event, frozen=True, tag="refused"):
    """The index does not take the file, and will not; ``status`` is HTTP's, and 0 if it was not asked."""

    plugin: str
    file: str
    status: int
    why: str


class Deferred(_Event, frozen=True, tag="postponed"):
    """The file did not go up for now: a quota, or an index that did not answer. ``until`` is when to try again."""

    plugin: str
    file: str
    why: str
    until: datetime | None = None


class HeldBack(_Event, frozen=True, tag="held"):
    """A plugin is held back; ``because`` is the plugin that it cannot live without, if that is why."""

    plugin: str
    why: str
    because: str | None = None


class Verified(_Event, frozen=True, tag="verified"):
    """The index serves all files of a plugin with their bytes, and it resolves from there."""

    plugin: str


class NotVerified(_Event, frozen=True, tag="not-verified"):
    """The index does not serve what was uploaded, or it does not resolve."""

    plugin: str
    why: str


class Tagged(_Event, frozen=True, tag="tagged"):
    """A tag was pushed."""

    tag: str
    commit: str


class Aborted(_Event, frozen=True, tag="aborted"):
    """Somebody ended the release; nothing more will be uploaded from this store."""

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
