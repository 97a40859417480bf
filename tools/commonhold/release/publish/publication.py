"""Upload every plugin that passed inspection, several at a time, dependencies first.

No file is uploaded twice: the index is compared with the store first, and each result is journaled.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError, assert_never
from commonhold.index.backoff import BackoffLimits, Gate
from commonhold.index.client import IndexUnreachableError
from commonhold.release.model.journal_events import Conflict, Deferred, HeldBack, IndexSelected, Uploaded, now
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.model.state import STOPPED, partial_release_error
from commonhold.release.publish.index_state import NO_VERSION, Index, requirements_on, why_unsatisfied
from commonhold.release.publish.journal_writer import JournalWriter
from commonhold.release.publish.readiness import PublicationStoppedError, check_readiness
from commonhold.release.publish.schedule import Schedule
from commonhold.release.publish.upload import QUOTA_REACHED, UploadContext, UploadFailure, UploadResult, upload_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonhold.index.addresses import Address
    from commonhold.index.page import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.publish.twine_uploader import Uploader

JOBS = 16
"""Default number of plugins to upload at the same time."""

MAX_UNREACHABLE = 3
"""If the index does not respond for this many plugins in succession, the remaining plugins are deferred."""


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """Settings of a publication: the number of parallel uploads, and the limits of retries."""

    jobs: int = JOBS
    limits: BackoffLimits = field(default_factory=BackoffLimits)


@dataclass(frozen=True, slots=True)
class PublicationResult:
    """The state of the release after a publication, and the exit code."""

    state: ReleaseState
    exit_code: int


def publish(
    store: Store,
    address: Address,
    uploader: Uploader,
    reporter: Reporter | None = None,
    settings: PublishSettings | None = None,
) -> PublicationResult:
    """Upload every plugin that passed inspection. The caller holds the store's lock.

    Raises ``PublicationStoppedError`` before any upload if a plugin that must be released cannot be uploaded,
    ``StoreError`` if an artifact differs from the file that was built, ``IndexUnreachableError`` if the index does not
    respond, and ``JournalFullError``. After the first upload, each of these errors is raised as a
    ``PartialReleaseError``.
    """
    reporter = reporter or SilentReporter()
    journal = JournalWriter(store.journal, reporter)
    try:
        return _Publication(store, address, uploader, journal, reporter, settings or PublishSettings()).run()
    except CommonholdError as error:
        if journal.any_uploaded:
            raise partial_release_error(error) from error
        raise


class _Publication:
    def __init__(
        self,
        store: Store,
        address: Address,
        uploader: Uploader,
        journal: JournalWriter,
        reporter: Reporter,
        settings: PublishSettings,
    ) -> None:
        self._store = store
        self._journal = journal
        self._reporter = reporter
        self._jobs = settings.jobs
        self._gate = Gate()
        self._index = Index(address, settings.limits, self._gate)
        self._context = UploadContext(store, uploader, self._index, journal, self._gate, settings.limits)
        self._address = address
        self._unreachable = 0  # consecutive plugins without a response from the index
        self._files: dict[str, tuple[Artifact, ...]] = {}
        self._pending: dict[str, list[Artifact]] = {}
        self._unsatisfied: dict[tuple[str, str], str] = {}

    def run(self) -> PublicationResult:
        state = self._store.state()
        self._journal.any_uploaded = state.aborted is None and state.any_uploaded
        check_readiness(state)
        uploadable = [each for each in state.released if each.is_uploadable]
        for each in uploadable:
            for artifact in each.files:
                self._store.check(each.name, artifact)
        self._files = {each.name: each.files for each in uploadable}
        is_same_index = state.address is not None and state.address.upload == self._address.upload
        self._journal.any_uploaded = is_same_index and any(each.any_uploaded for each in uploadable)
        if not is_same_index:
            # Uploads to another index do not count for this one.
            uploadable = [replace(each, uploads={}) for each in uploadable]
        with ThreadPoolExecutor(self._jobs, thread_name_prefix="upload") as pool:
            try:
                queries = {each.name: pool.submit(self._index.files, each.name) for each in uploadable}
                on_index = {name: query.result() for name, query in queries.items()}
                if state.address != self._address:
                    self._journal.write(IndexSelected(index=self._address.upload, simple=self._address.simple))
                self._publish(pool, uploadable, on_index)
            except BaseException:
                # Running uploads are completed, so that their results are journaled, but no others are started.
                self._gate.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return self._result()

    def _publish(
        self,
        pool: ThreadPoolExecutor,
        uploadable: Sequence[PluginState],
        on_index: Mapping[str, tuple[IndexFile, ...] | None],
    ) -> None:
        plan = self._store.plan
        new = {each.name for each in uploadable if on_index[each.name] is None}
        schedule = Schedule(plan.plugins, new, self._is_satisfied)
        lost = [plugin.name for plugin in plan.plugins if plugin.name not in self._files]
        lost += self._compare(uploadable, on_index)
        if any(plan.plugin(name).stops and name in self._files for name in lost):
            raise PublicationStoppedError(
                "the release stops because the index has different files for plugins that must be released; "
                "they are listed above",
                hint="Those files were built from another commit: plan the next version.",
            )
        for each in uploadable:
            if not self._pending.get(each.name) and each.name not in lost:
                schedule.mark_uploaded(each.name)
        self._hold_back(schedule.mark_lost(lost))
        self._reporter.started(
            "uploading", sum(len(self._pending[plugin.name]) for plugin in schedule.waiting), "files"
        )
        self._upload_all(pool, schedule)

    def _compare(
        self, uploadable: Iterable[PluginState], on_index: Mapping[str, tuple[IndexFile, ...] | None]
    ) -> list[str]:
        """Journal files that are already on the index, note missing files, and return the plugins with conflicts."""
        conflicts: list[str] = []
        for each in uploadable:
            name = each.name
            pending = self._pending[name] = []
            for artifact in each.files:
                file, sha256 = artifact.name, artifact.sha256
                found = self._index.find_in(on_index[name], artifact)
                if found.same:
                    if not isinstance(each.uploads.get(file), Uploaded):
                        self._journal.write(Uploaded(plugin=name, file=file, sha256=sha256, already=True))
                elif found.theirs is None:
                    pending.append(artifact)
                else:
                    self._journal.write(Conflict(plugin=name, file=file, ours=sha256, theirs=found.theirs))
                    conflicts.append(name)
            # The wheel is uploaded first, because installers would otherwise build the sdist in the meantime.
            pending.sort(key=lambda artifact: not artifact.name.endswith(".whl"))
        return list(dict.fromkeys(conflicts))

    def _upload_all(self, pool: ThreadPoolExecutor, schedule: Schedule) -> None:
        running: dict[Future[UploadResult], PlannedDistribution] = {}
        while True:
            if not self._gate.is_stopped:
                for plugin in schedule.start_next(self._jobs - len(running)):
                    running[pool.submit(self._upload_plugin, plugin)] = plugin
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                self._handle(schedule, running.pop(future), future.result())

    def _upload_plugin(self, plugin: PlannedDistribution) -> UploadResult:
        wait: float | None = None
        for artifact in self._pending[plugin.name]:
            result = upload_file(self._context, plugin, artifact)
            if result.failure is not None:
                return result
            wait = result.wait if result.wait is not None else wait
        return UploadResult(None, wait)

    def _handle(self, schedule: Schedule, plugin: PlannedDistribution, result: UploadResult) -> None:
        """Update the schedule after the uploads of a plugin's files."""
        self._unreachable = self._unreachable + 1 if result.failure is UploadFailure.UNREACHABLE else 0
        if result.failure is None:
            schedule.mark_uploaded(plugin.name)
        else:
            self._hold_back(schedule.mark_lost([plugin.name]))
        self._apply_to_others(schedule, plugin, result)

    def _apply_to_others(self, schedule: Schedule, plugin: PlannedDistribution, result: UploadResult) -> None:
        """Defer or stop the uploads of other plugins if the result of one plugin affects them too."""
        match result.failure:
            case None:
                if result.wait is not None:  # this plugin used up the quota for new projects
                    self._defer(schedule, schedule.new_waiting, QUOTA_REACHED, result.wait)
            case UploadFailure.QUOTA:
                self._defer(schedule, schedule.new_waiting, QUOTA_REACHED, result.wait)
            case UploadFailure.UNREACHABLE:
                if self._unreachable >= MAX_UNREACHABLE:
                    self._defer(schedule, schedule.waiting, "the index does not respond", None)
            case UploadFailure.RATE_LIMITED:
                self._defer(schedule, schedule.waiting, "the index requested a pause", result.wait)
            case UploadFailure.UNAUTHENTICATED | UploadFailure.REDIRECTED | UploadFailure.STOP:
                self._gate.stop()
            case UploadFailure.FILE:
                if self._stops_release(plugin):
                    self._gate.stop()
            case _:
                assert_never(result.failure)

    def _stops_release(self, plugin: PlannedDistribution) -> bool:
        """Return whether a plugin's failure stops the other uploads; a deferral does not stop them."""
        status = self._store.state().plugins[plugin.name].status
        return plugin.stops and status in (PluginStatus.CONFLICT, PluginStatus.REJECTED)

    def _defer(
        self, schedule: Schedule, plugins: Sequence[PlannedDistribution], why: str, seconds: float | None
    ) -> None:
        until = None if seconds is None else now() + timedelta(seconds=seconds)
        for plugin in plugins:
            for artifact in self._pending[plugin.name]:
                self._journal.write(Deferred(plugin=plugin.name, file=artifact.name, why=why, until=until))
        self._hold_back(schedule.mark_lost([plugin.name for plugin in plugins]))

    def _hold_back(self, causes: Mapping[str, str]) -> None:
        """Journal that plugins are held back; ``causes`` maps each plugin to its dependency that is not uploaded."""
        for name, because in causes.items():
            if name in self._files:
                reason = self._unsatisfied.get((name, because), NO_VERSION)
                why = f"it needs {because}, which is not uploaded, and {reason}"
                self._journal.write(HeldBack(plugin=name, why=why, because=because))

    def _is_satisfied(self, dependent: PlannedDistribution, name: str) -> bool:
        """Return whether a published version of ``name`` satisfies the requirement of ``dependent``."""
        if dependent.name not in self._files:
            return False
        requirements = requirements_on(self._store, dependent, self._files[dependent.name], name)
        try:
            reason = why_unsatisfied(requirements, self._index.files(name), name)
        except IndexUnreachableError:
            return False
        self._unsatisfied[dependent.name, name] = reason
        return not reason

    def _result(self) -> PublicationResult:
        state = self._store.state()
        code = state.exit_code
        unreachable = self._unreachable >= MAX_UNREACHABLE or (self._unreachable > 0 and not self._journal.any_uploaded)
        return PublicationResult(state, IndexUnreachableError.exit_code if code == STOPPED and unreachable else code)
