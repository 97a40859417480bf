"""Upload one file: send it, retry, and query the index if the response does not show whether the index has the file.

Each step is a journal event. An upload is journaled before it is sent. If the process is then killed, the next run
finds this event and queries the index first, because the index may have the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from commonhold.errors import assert_never
from commonhold.index.backoff import (
    Backoff,
    Verdict,
    classify_response,
    quota_reset,
    redirect_target,
    requested_wait,
)
from commonhold.index.client import IndexUnreachableError
from commonhold.release.model.journal_events import Conflict, Deferred, Rejected, Uploaded, Uploading, now
from commonhold.release.publish.twine_uploader import NoAnswerError, UnreadableError

if TYPE_CHECKING:
    from commonhold.index.backoff import BackoffLimits, Gate, IndexResponse
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.store import Store
    from commonhold.release.publish.index_state import FileOnIndex, Index
    from commonhold.release.publish.journal_writer import JournalWriter
    from commonhold.release.publish.twine_uploader import Uploader

QUOTA_REACHED = (
    "the index accepts no more new projects for now; projects that an organization creates on its page, or that have a "
    "pending trusted publisher, do not count"
)
HIDDEN_FILE = "the index reports that it has the file, but does not list it"
DELETED_FILE = f"{HIDDEN_FILE}; the name of a deleted file cannot be used again"
ATTESTATION_SUFFIX = ".publish.attestation"


class UploadFailure(Enum):
    """The reason why a file was not uploaded. The reason determines whether other files are tried."""

    FILE = auto()  # affects only this file
    UNREACHABLE = auto()  # the index does not respond
    RATE_LIMITED = auto()  # the index requested a longer pause than the settings allow
    QUOTA = auto()  # the index does not accept new projects for now
    UNAUTHENTICATED = auto()
    REDIRECTED = auto()  # the index accepts uploads at another address
    STOP = auto()  # the publication was stopped before the file was sent


@dataclass(frozen=True, slots=True)
class UploadResult:
    """The result of uploading a file: ``failure`` is ``None`` if the upload succeeded.

    ``wait`` is the length of the pause that the index requested, in seconds. After a successful upload, ``wait`` is the
    time until the index accepts new projects again.
    """

    failure: UploadFailure | None = None
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class UploadContext:
    """The objects that all uploads of a publication share, across threads."""

    store: Store
    uploader: Uploader
    index: Index
    journal: JournalWriter
    gate: Gate
    limits: BackoffLimits


def upload_file(context: UploadContext, plugin: PlannedDistribution, artifact: Artifact) -> UploadResult:
    """Upload one file. Raises ``StoreError`` if the file has changed since its build, and ``JournalFullError``."""
    return _FileUpload(context, plugin.name, artifact).run()


class _FileUpload:
    def __init__(self, context: UploadContext, plugin: str, artifact: Artifact) -> None:
        self._context = context
        self._plugin = plugin
        self._file = artifact.name
        self._artifact = artifact
        self._backoff = Backoff(context.limits)
        self._was_sent = False

    def run(self) -> UploadResult:
        while self._context.gate.wait():
            # The file is read and verified again for each attempt, because it may have changed during a long pause.
            data = self._context.store.read(self._plugin, self._artifact)
            self._write(Uploading(plugin=self._plugin, file=self._file, sha256=self._artifact.sha256))
            try:
                response = self._context.uploader.upload(self._file, data, self._attestations())
            except UnreadableError as error:
                self._write(Rejected(plugin=self._plugin, file=self._file, status=0, why=str(error)))
                return UploadResult(UploadFailure.FILE)
            except NoAnswerError as error:
                result = self._check_then_retry(str(error), None)
            else:
                result = self._handle(response)
            if result is not None:
                return result
            self._was_sent = True
        return UploadResult(UploadFailure.STOP)

    def _attestations(self) -> tuple[str, ...]:
        """Return the path of the file's attestation (PEP 740), which pypi-attestations writes next to the file."""
        path = self._context.store.path(self._plugin, self._file) + ATTESTATION_SUFFIX
        # A symbolic link could cause the upload of another file on this machine.
        return (path,) if os.path.isfile(path) and not os.path.islink(path) else ()

    def _handle(self, response: IndexResponse) -> UploadResult | None:
        """Return the result of an upload from the index's response; ``None`` if the file must be sent again."""
        explanation = f"{response.status} {response.text}".strip()
        verdict = classify_response(response)
        match verdict:
            case Verdict.ACCEPTED:
                return self._succeed(already=False, wait=quota_reset(response))
            case Verdict.NOT_OF_AN_INDEX:
                return self._check_then_retry(f"the response is not that of a package index ({explanation})", None)
            case Verdict.CHECK_INDEX:
                return self._check_claim(response)
            case Verdict.QUOTA:
                return self._defer(UploadFailure.QUOTA, f"{QUOTA_REACHED} ({explanation})", requested_wait(response))
            case Verdict.UNAUTHENTICATED:
                return self._reject(response, UploadFailure.UNAUTHENTICATED)
            case Verdict.REDIRECTED:
                return self._reject(self._explain_redirect(response), UploadFailure.REDIRECTED)
            case Verdict.REJECTED:
                return self._reject(response, UploadFailure.FILE)
            case Verdict.RETRY if response.status == 429:
                return self._pause_all_uploads(f"the index requested a pause ({explanation})", requested_wait(response))
            case Verdict.RETRY:
                return self._check_then_retry(f"the index failed ({explanation})", requested_wait(response))
        return assert_never(verdict)

    def _check_then_retry(self, why: str, wait: float | None) -> UploadResult | None:
        # The index may have stored the file before it failed. It would then reject a second upload.
        try:
            found = self._context.index.find(self._plugin, self._artifact)
        except IndexUnreachableError:
            return self._defer(UploadFailure.UNREACHABLE, why, wait)
        result = self._compare(found, already=False)
        if result is not None:
            return result
        pause = self._backoff.next_pause(wait)
        return self._defer(UploadFailure.UNREACHABLE, why, wait) if pause is None else self._pause(pause, why)

    def _check_claim(self, response: IndexResponse) -> UploadResult | None:
        """Check the index after it responded that it already has a file of this name."""
        explanation = f"{response.status} {response.text}"
        why = f"{HIDDEN_FILE} ({explanation})"
        try:
            found = self._context.index.find(self._plugin, self._artifact)
        except IndexUnreachableError:
            return self._defer(UploadFailure.UNREACHABLE, why, None)
        # If there was an earlier attempt, that attempt uploaded the file, although it seemed to fail.
        result = self._compare(found, already=not self._was_sent)
        if result is not None:
            return result
        # Unless the file was deleted, the index may list it a little later.
        pause = self._backoff.next_pause()
        if pause is not None and "previously used" not in response.text:
            return self._pause(pause, why)
        self._write(
            Rejected(
                plugin=self._plugin,
                file=self._file,
                status=response.status,
                why=f"{DELETED_FILE} ({response.text})",
            )
        )
        return UploadResult(UploadFailure.FILE)

    def _compare(self, found: FileOnIndex, *, already: bool) -> UploadResult | None:
        """Return the upload's result if the index has a file of this name, otherwise ``None``."""
        if found.same:
            return self._succeed(already=already)
        if found.theirs is None:
            return None
        self._write(Conflict(plugin=self._plugin, file=self._file, ours=self._artifact.sha256, theirs=found.theirs))
        return UploadResult(UploadFailure.FILE)

    def _pause_all_uploads(self, why: str, wait: float | None) -> UploadResult | None:
        """Retry after a pause that applies to all files, because they share the index's rate limit."""
        pause = self._backoff.next_pause(wait)
        if pause is None:
            return self._defer(UploadFailure.FILE if wait is None else UploadFailure.RATE_LIMITED, why, wait)
        self._context.gate.back_off(pause)
        return self._pause(pause, why)

    def _pause(self, seconds: float, why: str) -> UploadResult | None:
        self._context.journal.report_retry(self._file, seconds, why)
        return None if self._context.gate.wait(seconds) else UploadResult(UploadFailure.STOP)

    def _defer(self, failure: UploadFailure, why: str, wait: float | None) -> UploadResult:
        until = None if wait is None else now() + timedelta(seconds=wait)
        self._write(Deferred(plugin=self._plugin, file=self._file, why=why, until=until))
        return UploadResult(failure, wait)

    def _reject(self, response: IndexResponse, failure: UploadFailure) -> UploadResult:
        self._write(Rejected(plugin=self._plugin, file=self._file, status=response.status, why=response.text))
        return UploadResult(failure)

    def _explain_redirect(self, response: IndexResponse) -> IndexResponse:
        """Return the response with the redirect's address as its text, because an upload must not follow a redirect."""
        target = redirect_target(response, self._context.index.address.upload)
        text = "it redirects uploads, but names no valid address"
        if target is not None:
            text = f"it redirects uploads to {target}; if that is your index, publish with --to {target}"
        return replace(response, text=text)

    def _succeed(self, *, already: bool, wait: float | None = None) -> UploadResult:
        self._write(Uploaded(plugin=self._plugin, file=self._file, sha256=self._artifact.sha256, already=already))
        return UploadResult(None, wait)

    def _write(self, event: Event) -> None:
        self._context.journal.write(event)
