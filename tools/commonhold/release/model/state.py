"""The state of a release, computed from its plan and the events of its journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError, assert_never
from commonhold.index.addresses import Address
from commonhold.release.model.journal_events import (
    Aborted,
    Began,
    BuildFailed,
    Built,
    Conflict,
    Deferred,
    HeldBack,
    IndexSelected,
    Inspected,
    NotVerified,
    Rejected,
    Tagged,
    Uploaded,
    Uploading,
    Verified,
)
from commonhold.release.model.plugin_state import PluginState, PluginStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from commonhold.release.model.journal_events import Event, UploadEvent
    from commonhold.release.model.plan import Artifact, PlannedDistribution, ReleasePlan

DONE, STOPPED, PARTLY = 0, 1, 5
"""Exit codes: every plugin is on the index, no plugin is, or only some plugins are."""


class PartialReleaseError(CommonholdError):
    """A release stopped after some of its files were uploaded.

    The original error is the ``__cause__`` of this error.
    """

    exit_code = PARTLY


def partial_release_error(error: CommonholdError) -> PartialReleaseError:
    """Return an error with ``error``'s message and the exit code of a partial release; raise it ``from error``."""
    return PartialReleaseError(error.message, hint=error.hint)


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """The state of a release; ``version`` is the version of the core.

    ``address`` is the index to upload to; ``aborted`` is the reason why the release was aborted. ``tags`` are the
    pushed tags, each with its commit.
    """

    version: str
    plugins: Mapping[str, PluginState]
    address: Address | None = None
    aborted: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def released(self) -> tuple[PluginState, ...]:
        """The distributions that the plan does not hold back."""
        return tuple(each for each in self.plugins.values() if each.status is not PluginStatus.HELD_BACK)

    @property
    def left(self) -> tuple[PluginState, ...]:
        """The released distributions that are not completely on the index."""
        return tuple(each for each in self.released if not each.is_uploaded)

    @property
    def any_uploaded(self) -> bool:
        """Return whether the index has any file of this release."""
        return any(each.any_uploaded for each in self.plugins.values())

    @property
    def is_verified(self) -> bool:
        """Return whether every released distribution is verified on the index."""
        return all(each.status is PluginStatus.VERIFIED for each in self.released)

    @property
    def exit_code(self) -> int:
        """The exit code: 0 if all released distributions are on the index, 5 if only some files are, else 1."""
        if not self.left:
            return DONE
        return PARTLY if self.any_uploaded else STOPPED


def replay_journal(plan: ReleasePlan, events: Iterable[Event]) -> ReleaseState:
    """Compute the state after ``events``, which may be any prefix of a journal.

    Events about distributions that are not in the plan are ignored.
    """
    records = {plugin.name: _PluginEvents() for plugin in plan.plugins}
    address: Address | None = None
    aborted: str | None = None
    tags: dict[str, str] = {}
    for event in events:
        match event:
            case Began():
                pass
            case IndexSelected():
                if address is None or event.index != address.upload:
                    for record in records.values():
                        record.forget_uploads()
                address = Address(event.index, event.simple)
            case Aborted():
                aborted = event.why
            case Tagged():
                tags[event.tag] = event.commit
            case _:
                if event.plugin in records:
                    records[event.plugin].apply(event)
    states = {plugin.name: records[plugin.name].state(plugin) for plugin in plan.plugins}
    return ReleaseState(plan.version, states, address, aborted, tags)


class _PluginEvents:
    """The current events of one distribution."""

    def __init__(self) -> None:
        self.made: Built | BuildFailed | None = None
        self.inspected: Inspected | None = None
        self.forget_uploads()

    def forget_uploads(self) -> None:
        """Discard the state of uploads to one index, because it does not apply to another index."""
        self.uploads: dict[str, UploadEvent] = {}
        self.held: HeldBack | None = None
        self.verified: Verified | NotVerified | None = None

    def apply(self, event: Built | BuildFailed | Inspected | HeldBack | Verified | NotVerified | UploadEvent) -> None:
        match event:
            case Built() | BuildFailed():
                self.made = event
                self.inspected = None
            case Inspected():
                self.inspected = event
            case HeldBack():
                self.held = event
            case Verified() | NotVerified():
                self.verified = event
            case Uploading() | Uploaded() | Conflict() | Rejected() | Deferred():
                # Only the last event of a file is kept: a file is uploaded again only if the index does not have it.
                self.uploads[event.file] = event
                self.held = None
                if isinstance(event, Uploading):
                    self.verified = None
            case _:
                assert_never(event)

    def state(self, plugin: PlannedDistribution) -> PluginState:
        if plugin.held:
            return PluginState(plugin, PluginStatus.HELD_BACK, plugin.held)
        if self.made is None:
            return PluginState(plugin, PluginStatus.PLANNED, "it is not built")
        if isinstance(self.made, BuildFailed):
            return PluginState(plugin, PluginStatus.BUILD_FAILED, self.made.why)
        files = self.made.files
        uploads = {file.name: self.uploads[file.name] for file in files if self._is_about(file)}
        status, why, because, until = self._inspection_status(files) or self._upload_status(files, uploads)
        found = self.inspected if status is PluginStatus.FAILED_INSPECTION else None
        known = found is not None and all(each.known for each in found.findings)
        strict = found is not None and found.strict
        return PluginState(plugin, status, why, because, until, files, uploads, known, strict, self.made.lost)

    def _is_about(self, file: Artifact) -> bool:
        """Return whether the latest upload with this file's name sent the file of the current build."""
        upload = self.uploads.get(file.name)
        if isinstance(upload, Uploading | Uploaded):
            return upload.sha256 == file.sha256
        return upload is not None and (not isinstance(upload, Conflict) or upload.ours == file.sha256)

    def _inspection_status(self, files: tuple[Artifact, ...]) -> tuple[PluginStatus, str, None, None] | None:
        if not files:
            return PluginStatus.BUILD_FAILED, "its build made no file", None, None
        if self.inspected is None or {*self.inspected.files} != {file.sha256 for file in files}:
            return PluginStatus.BUILT, "it is not inspected", None, None
        if self.inspected.findings:
            first, *others = self.inspected.findings
            more = f" (and {len(others)} more)" if others else ""
            return PluginStatus.FAILED_INSPECTION, f"{first.rule}: {first.message}{more}", None, None
        return None

    def _upload_status(
        self, files: tuple[Artifact, ...], uploads: Mapping[str, UploadEvent]
    ) -> tuple[PluginStatus, str, str | None, datetime | None]:
        uploaded = [isinstance(uploads.get(file.name), Uploaded) for file in files]
        problem = _upload_problem(uploads.values())
        if problem is not None:
            return (*problem, None, None)
        if all(uploaded):
            return (*self._verification_status(), None, None)
        if self.held is not None:
            return PluginStatus.BLOCKED, self.held.why, self.held.because, None
        for upload in uploads.values():
            if isinstance(upload, Deferred):
                return PluginStatus.DEFERRED, upload.why, None, upload.until
        if any(uploaded):
            return PluginStatus.PARTLY_UPLOADED, "only some of its files are uploaded", None, None
        return PluginStatus.READY, "", None, None

    def _verification_status(self) -> tuple[PluginStatus, str]:
        match self.verified:
            case None:
                return PluginStatus.UPLOADED, ""
            case NotVerified(why=why):
                return PluginStatus.UNVERIFIED, why
            case Verified():
                return PluginStatus.VERIFIED, ""
            case _:
                return assert_never(self.verified)


def _upload_problem(uploads: Collection[UploadEvent]) -> tuple[PluginStatus, str] | None:
    """Return a problem that requires a manual step. Conflicts are more serious than rejections."""
    for upload in uploads:
        if isinstance(upload, Conflict):
            return PluginStatus.CONFLICT, _conflict(upload)
    for upload in uploads:
        if isinstance(upload, Rejected):
            return PluginStatus.REJECTED, _rejection(upload)
    return None


def _rejection(upload: Rejected) -> str:
    if not upload.status:
        return f"{upload.file} cannot be uploaded: {upload.why}"
    return f"the index rejected {upload.file} ({upload.status}): {upload.why}"


def _conflict(upload: Conflict) -> str:
    theirs = upload.theirs or "unknown"
    return f"the index has a different {upload.file}: its SHA-256 is {theirs}, but {upload.ours} was built"
