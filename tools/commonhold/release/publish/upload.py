"""One file on its way: sent, sent again, settled; what became of it is an event."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from commonhold.index.backoff import Backoff, Verdict, classify_response, quota_reset, requested_wait
from commonhold.index.client import IndexUnreachableError
from commonhold.release.model.journal_events import Conflict, Deferred, Rejected, Uploaded, Uploading, now
from commonhold.release.publish.twine_uploader import NoAnswerError, UnreadableError

if TYPE_CHECKING:
    from commonhold.index.backoff import BackoffLimits, Gate, IndexResponse
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.store import Store
    from commonhold.release.publish.index_state import Found, Index
    from commonhold.release.publish.journal_writer import JournalWriter
    from commonhold.release.publish.twine_uploader import Uploader

ROUTE = (
    "the index takes no more new projects for now; those that an organization creates on its page, or that have a "
    "pending trusted publisher, do not count"
)
ATTESTATION = ".publish.attestation"
GONE = "the index says that it has the file, and does not show it; a name of a deleted file is not given again"


class UploadFailure(Enum):
    """Why a file is not up; for the others it means more than for itself."""

    FILE = auto()
    UNREACHABLE = auto()  # the index cannot be reached
    RATE_LIMITED = auto()  # the index asks for a longer pause than we wait
    QUOTA = auto()  # it takes no new projects for now
    UNAUTHENTICATED = auto()
    STOP = auto()  # we were told to begin nothing more


@dataclass(frozen=True, slots=True)
class UploadResult:
    """What became of a file: ``cause`` is ``None`` when it is up. ``wait`` is how many seconds the index asks for.

    Of a file that is up, these are until it takes new projects again.
    """

    cause: UploadFailure | None = None
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class UploadContext:
    """What sending takes; shared by all threads."""

    store: Store
    uploader: Uploader
    registry: Index
    record: JournalWriter
    gate: Gate
    limits: BackoffLimits


def upload_file(means: UploadContext, plugin: PlannedDistribution, artifact: Artifact) -> UploadResult:
    """Bring one file up. Raises ``StoreError`` when it is not what was built, ``JournalFullError``."""
    return _Sending(means, plugin.name, artifact).run()


class _Sending:
    def __init__(self, means: UploadContext, plugin: str, artifact: Artifact) -> None:
        self._means = means
        self._plugin = plugin
        self._file = artifact.name
        self._artifact = artifact
        self._retries = Backoff(means.limits)
        self._tried = False

    def run(self) -> UploadResult:
        while self._means.gate.wait():
            data = self._means.store.read(self._plugin, self._artifact)
            self._write(Uploading(plugin=self._plugin, file=self._file, sha256=self._artifact.sha256))
            try:
                answer = self._means.uploader.upload(self._file, data, self._attestations())
            except UnreadableError as error:
                self._write(Rejected(plugin=self._plugin, file=self._file, status=0, why=str(error)))
                return UploadResult(UploadFailure.FILE)
            except NoAnswerError as error:
                sent = self._after_silence(str(error), None)
            else:
                sent = self._after(answer)
            if sent is not None:
                return sent
            self._tried = True
        return UploadResult(UploadFailure.STOP)

    def _attestations(self) -> tuple[str, ...]:
        """What was signed about the file (PEP 740), where pypi-attestations puts it: beside the file."""
        place = self._means.store.path(self._plugin, self._file) + ATTESTATION
        # A link could make something else of this machine go up.
        return (place,) if os.path.isfile(place) and not os.path.islink(place) else ()

    def _after(self, answer: IndexResponse) -> UploadResult | None:
        """What an answer makes of the file; ``None``: try again."""
        verdict = classify_response(answer)
        said = f"{answer.status} {answer.text}".strip()
        if verdict is Verdict.ACCEPTED:
            return self._up(already=False, wait=quota_reset(answer))
        if verdict is Verdict.CHECK_INDEX:
            return self._settle(answer)
        if verdict is Verdict.QUOTA:
            return self._postpone(UploadFailure.QUOTA, ROUTE, requested_wait(answer), answer)
        if verdict in (Verdict.UNAUTHENTICATED, Verdict.REJECTED):
            self._write(Rejected(plugin=self._plugin, file=self._file, status=answer.status, why=answer.text))
            return UploadResult(
                UploadFailure.UNAUTHENTICATED if verdict is Verdict.UNAUTHENTICATED else UploadFailure.FILE
            )
        if answer.status == 429:
            return self._again(f"the index asks to wait ({said})", requested_wait(answer), shared=True)
        return self._after_silence(f"the index failed ({said})", requested_wait(answer))

    def _after_silence(self, why: str, asked: float | None) -> UploadResult | None:
        """The index may have taken the file before it failed."""
        try:
            found = self._means.registry.find(self._plugin, self._artifact)
        except IndexUnreachableError:
            return self._postpone(UploadFailure.UNREACHABLE, why, asked, None)
        return self._by(found, already=False) or self._again(why, asked, shared=False)

    def _settle(self, answer: IndexResponse) -> UploadResult | None:
        """The index says that it has a file of this name."""
        why = f"the index says that it has the file, and does not show it ({answer.status} {answer.text})"
        try:
            found = self._means.registry.find(self._plugin, self._artifact)
        except IndexUnreachableError:
            return self._postpone(UploadFailure.UNREACHABLE, why, None, None)
        settled = self._by(found, already=not self._tried)
        if settled is not None:
            return settled
        # It may show it later; but not if it was deleted.
        pause = self._retries.next_pause()
        if pause is not None and "previously used" not in answer.text:
            self._means.record.waits(self._file, pause, why)
            return None if self._means.gate.wait(pause) else UploadResult(UploadFailure.STOP)
        self._write(Rejected(plugin=self._plugin, file=self._file, status=answer.status, why=f"{GONE} ({answer.text})"))
        return UploadResult(UploadFailure.FILE)

    def _by(self, found: Found, *, already: bool) -> UploadResult | None:
        if found.same:
            return self._up(already=already)
        if found.theirs is None:
            return None
        self._write(Conflict(plugin=self._plugin, file=self._file, ours=self._artifact.sha256, theirs=found.theirs))
        return UploadResult(UploadFailure.FILE)

    def _again(self, why: str, asked: float | None, *, shared: bool) -> UploadResult | None:
        pause = self._retries.next_pause(asked)
        if pause is None:
            cause = (
                UploadFailure.UNREACHABLE
                if not shared
                else UploadFailure.FILE
                if asked is None
                else UploadFailure.RATE_LIMITED
            )
            return self._postpone(cause, why, asked, None)
        if shared:
            self._means.gate.back_off(pause)
        self._means.record.waits(self._file, pause, why)
        return None if self._means.gate.wait(pause) else UploadResult(UploadFailure.STOP)

    def _postpone(
        self, cause: UploadFailure, why: str, asked: float | None, answer: IndexResponse | None
    ) -> UploadResult:
        said = f" ({answer.status} {answer.text})" if answer is not None else ""
        until = None if asked is None else now() + timedelta(seconds=asked)
        self._write(Deferred(plugin=self._plugin, file=self._file, why=f"{why}{said}", until=until))
        return UploadResult(cause, asked)

    def _up(self, *, already: bool, wait: float | None = None) -> UploadResult:
        self._write(Uploaded(plugin=self._plugin, file=self._file, sha256=self._artifact.sha256, already=already))
        return UploadResult(None, wait)

    def _write(self, event: Event) -> None:
        self._means.record.write(event)
