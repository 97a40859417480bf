"""How a release stands: what its plan and its journal say together. Pure: nothing is read here but events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold.index.client import Address
from commonhold.release.model.journal_events import (
    Aborted,
    BuildFailed,
    Built,
    Conflict,
    Deferred,
    HeldBack,
    IndexSelected,
    Inspected,
    NotVerified,
    Rejected,
    Uploaded,
    Uploading,
    Verified,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import TypeAlias

    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import Artifact, PlannedDistribution, ReleasePlan

    Upload: TypeAlias = Uploading | Uploaded | Conflict | Rejected | Deferred

DONE, STOPPED, PARTLY = 0, 1, 5


@dataclass(frozen=True, slots=True)
class PluginState:
    """How one distribution stands.

    ``state`` is one of: ``held`` by the plan; ``planned``, ``failed`` (its build), ``built`` (but not inspected),
    ``faulty`` (inspection found something): none of these may go up. ``ready``, ``partly`` (some files are up),
    ``waiting`` (held back with what it needs), ``postponed``, ``conflict``, ``refused``: a publication tries
    them, again too. ``uploaded``, ``unverified``, ``verified``: all files are on the index. ``why`` is a sentence
    where there is something to say, ``because`` the distribution that it waits for, ``until`` when to try again.
    ``known`` says of a faulty one that the release before had all of its faults, ``strict`` that it stops the release
    nevertheless. ``lost`` are files that its wheel lacks because its sdist does.
    """

    plugin: PlannedDistribution
    state: str
    why: str = ""
    because: str | None = None
    until: datetime | None = None
    files: tuple[Artifact, ...] = ()
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    known: bool = False
    strict: bool = False
    lost: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether nothing else may go up, because this one may not: what was shipped like that before stops nobody."""
        if self.may_go_up or self.state == "held":
            return False
        return self.strict or (self.plugin.stops and not self.known)

    @property
    def is_up(self) -> bool:
        """Whether all of its files are on the index."""
        return self.state in ("uploaded", "unverified", "verified")

    @property
    def may_go_up(self) -> bool:
        """Whether it is built and proven; what is up already may go up as well, to no effect."""
        return self.state not in ("held", "planned", "failed", "built", "faulty")

    @property
    def some_is_up(self) -> bool:
        """Whether the index has any file of it."""
        return any(isinstance(upload, Uploaded) for upload in self.uploads.values())


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """How a release of ``version``, the core's, stands.

    ``address`` is the index that it was last directed to, ``aborted`` why it ended.
    """

    version: str
    standings: Mapping[str, PluginState]
    address: Address | None = None
    aborted: str | None = None

    @property
    def released(self) -> tuple[PluginState, ...]:
        """All that the plan itself does not hold back."""
        return tuple(standing for standing in self.standings.values() if standing.state != "held")

    @property
    def left(self) -> tuple[PluginState, ...]:
        """Those that should be on the index and are not, as a whole."""
        return tuple(standing for standing in self.released if not standing.is_up)

    @property
    def some_is_up(self) -> bool:
        """Whether the index has any file of it."""
        return any(standing.some_is_up for standing in self.standings.values())

    @property
    def is_verified(self) -> bool:
        """Whether nothing is left to be done to anything that it releases."""
        return all(standing.state == "verified" for standing in self.released)

    @property
    def exit_code(self) -> int:
        """0: all is up; 5: some is; 1: nothing is."""
        if not self.left:
            return DONE
        return PARTLY if self.some_is_up else STOPPED


def replay_journal(plan: ReleasePlan, events: Iterable[Event]) -> ReleaseState:
    """What a journal, or any beginning of it, makes of a plan. Events about others than the planned are passed over."""
    records = {plugin.name: _Record() for plugin in plan.plugins}
    address: Address | None = None
    aborted: str | None = None
    for event in events:
        if isinstance(event, IndexSelected):
            if address is None or event.index != address.upload:
                for record in records.values():
                    record.forget_uploads()
            address = Address(event.index, event.simple)
        elif isinstance(event, Aborted):
            aborted = event.why
        else:
            record = records.get(getattr(event, "plugin", ""), _Record())
            record.take(event)
    standings = {plugin.name: records[plugin.name].standing(plugin) for plugin in plan.plugins}
    return ReleaseState(plan.version, standings, address, aborted)


class _Record:
    """What was said of one distribution so far."""

    def __init__(self) -> None:
        self.made: Built | BuildFailed | None = None
        self.inspected: Inspected | None = None
        self.forget_uploads()

    def forget_uploads(self) -> None:
        """Another index knows nothing of what the one before has."""
        self.uploads: dict[str, Upload] = {}
        self.held: HeldBack | None = None
        self.verified: Verified | NotVerified | None = None

    def take(self, event: Event) -> None:
        if isinstance(event, Built | BuildFailed):
            self.made = event
            self.inspected = None
        elif isinstance(event, Inspected):
            self.inspected = event
        elif isinstance(event, HeldBack):
            self.held = event
        elif isinstance(event, Verified | NotVerified):
            self.verified = event
        elif isinstance(event, Uploading | Uploaded | Conflict | Rejected | Deferred):
            self._take_upload(event)

    def _take_upload(self, event: Upload) -> None:
        # The last word counts: a file is tried again only after the index was found to be without it.
        self.uploads[event.file] = event
        self.held = None
        if isinstance(event, Uploading):
            self.verified = None

    def standing(self, plugin: PlannedDistribution) -> PluginState:
        if plugin.held:
            return PluginState(plugin, "held", plugin.held)
        if self.made is None:
            return PluginState(plugin, "planned", "it is not built")
        if isinstance(self.made, BuildFailed):
            return PluginState(plugin, "failed", self.made.why)
        files = self.made.files
        uploads = {file.name: self.uploads[file.name] for file in files if self._concerns(file)}
        state, why, because, until = self._proof(files) or self._upload(files, uploads)
        found = self.inspected if state == "faulty" else None
        known = found is not None and all(each.known for each in found.findings)
        strict = found is not None and found.strict
        return PluginState(plugin, state, why, because, until, files, uploads, known, strict, self.made.lost)

    def _concerns(self, file: Artifact) -> bool:
        """Whether what is known of an upload is about the file as it was built last."""
        upload = self.uploads.get(file.name)
        if isinstance(upload, Uploading | Uploaded):
            return upload.sha256 == file.sha256
        return upload is not None and (not isinstance(upload, Conflict) or upload.ours == file.sha256)

    def _proof(self, files: tuple[Artifact, ...]) -> tuple[str, str, None, None] | None:
        if not files:
            return "failed", "its build made no file", None, None
        if self.inspected is None or {*self.inspected.files} != {file.sha256 for file in files}:
            return "built", "it is not inspected", None, None
        if self.inspected.findings:
            finding = self.inspected.findings[0]
            more = len(self.inspected.findings) - 1
            return "faulty", f"{finding.rule}: {finding.message}" + (f" (and {more} more)" if more else ""), None, None
        return None

    def _upload(
        self, files: tuple[Artifact, ...], uploads: Mapping[str, Upload]
    ) -> tuple[str, str, str | None, datetime | None]:
        for upload in uploads.values():
            if isinstance(upload, Conflict):
                return "conflict", _conflict(upload), None, None
        for upload in uploads.values():
            if isinstance(upload, Rejected):
                return "refused", _refusal(upload), None, None
        if all(isinstance(uploads.get(file.name), Uploaded) for file in files):
            if self.verified is None:
                return "uploaded", "", None, None
            return ("verified", "", None, None) if isinstance(self.verified, Verified) else self._unverified()
        if self.held is not None:
            return "waiting", self.held.why, self.held.because, None
        for upload in uploads.values():
            if isinstance(upload, Deferred):
                return "postponed", upload.why, None, upload.until
        some = any(isinstance(upload, Uploaded) for upload in uploads.values())
        return ("partly", "not all of its files are up", None, None) if some else ("ready", "", None, None)

    def _unverified(self) -> tuple[str, str, None, None]:
        return "unverified", self.verified.why if isinstance(self.verified, NotVerified) else "", None, None


def _refusal(upload: Rejected) -> str:
    if not upload.status:
        return f"{upload.file} cannot be uploaded: {upload.why}"
    return f"the index refused {upload.file} ({upload.status}): {upload.why}"


def _conflict(upload: Conflict) -> str:
    return (
        f"the index has another {upload.file}: its SHA-256 is {upload.theirs or 'not told'}, and ours is {upload.ours}"
    )
