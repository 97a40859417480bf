"""A publication: what is proven goes up, in order, several at a time; nothing twice, and nothing unproven."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from commonhold.errors import CommonholdError
from commonhold.index.backoff import BackoffLimits, Gate
from commonhold.index.client import IndexUnreachableError
from commonhold.release.model.journal_events import Conflict, Deferred, HeldBack, IndexSelected, Uploaded, now
from commonhold.release.model.plugin_state import PluginStatus
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.model.state import partial_release_error
from commonhold.release.publish.index_requirements import index_satisfies, requirements_on
from commonhold.release.publish.index_state import Index
from commonhold.release.publish.journal_writer import JournalWriter
from commonhold.release.publish.schedule import Schedule
from commonhold.release.publish.upload import ROUTE, UploadContext, UploadFailure, UploadResult, upload_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commonhold.index.addresses import Address
    from commonhold.index.client import IndexFile
    from commonhold.release.model.plan import Artifact, PlannedDistribution
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.publish.twine_uploader import Uploader

JOBS = 16
"""How many plugins go up at a time."""

SILENT = 3
"""After so many files in a row that the index did not answer for, the others are not tried."""

UNREACHABLE = 4


class PublicationStoppedError(CommonholdError):
    """The release stops here: something that must not fail has failed."""


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """How a publication is done."""

    jobs: int = JOBS
    limits: BackoffLimits = field(default_factory=BackoffLimits)


@dataclass(frozen=True, slots=True)
class PublicationResult:
    """How the release stands after a publication, and with which exit code."""

    state: ReleaseState
    exit_code: int


def publish(
    store: Store,
    address: Address,
    uploader: Uploader,
    reporter: Reporter | None = None,
    settings: PublishSettings | None = None,
) -> PublicationResult:
    """Bring everything that is proven to the index. Whoever calls it holds the store's lock.

    Raises ``PublicationStoppedError`` before anything is uploaded when what must not fail is not proven,
    ``StoreError`` when an artifact is not what was built, ``IndexUnreachableError`` when the index tells nothing,
    ``JournalFullError``. After the first upload, each of these errors is raised as a ``PartialReleaseError``.
    """
    reporter = reporter or SilentReporter()
    record = JournalWriter(store.journal, reporter)
    try:
        return _Publication(store, address, uploader, record, reporter, settings or PublishSettings()).run()
    except CommonholdError as error:
        if record.any_uploaded:
            raise partial_release_error(error) from error
        raise


class _Publication:
    def __init__(
        self,
        store: Store,
        address: Address,
        uploader: Uploader,
        record: JournalWriter,
        reporter: Reporter,
        settings: PublishSettings,
    ) -> None:
        self._store = store
        self._record = record
        self._reporter = reporter
        self._jobs = settings.jobs
        self._gate = Gate()
        self._index = Index(address, settings.limits, self._gate)
        self._means = UploadContext(store, uploader, self._index, record, self._gate, settings.limits)
        self._address = address
        self._silent = 0
        self._stopped = False
        self._files: dict[str, tuple[Artifact, ...]] = {}
        self._left: dict[str, list[Artifact]] = {}

    def run(self) -> PublicationResult:
        state = self._store.state()
        self._refuse(state)
        proven = [standing for standing in state.released if standing.is_uploadable]
        for standing in proven:
            for artifact in standing.files:
                self._store.check(standing.plugin.name, artifact)
        self._files = {standing.plugin.name: standing.files for standing in proven}
        here = state.address is not None and state.address.upload == self._address.upload
        self._record.any_uploaded = here and any(standing.any_uploaded for standing in proven)
        with ThreadPoolExecutor(self._jobs, thread_name_prefix="upload") as pool:
            try:
                served = self._look(pool, proven)
                if state.address != self._address:
                    self._record.write(IndexSelected(index=self._address.upload, simple=self._address.simple))
                self._publish(pool, proven if here else [replace(standing, uploads={}) for standing in proven], served)
            except BaseException:
                # Those that are on their way come to their end, which is near; nobody else sets off.
                self._gate.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return self._outcome()

    def _refuse(self, state: ReleaseState) -> None:
        if state.aborted is not None:
            raise PublicationStoppedError(
                f"this release was aborted: {state.aborted}", hint="Plan it again, into a new store, to release it."
            )
        self._record.any_uploaded = any(standing.any_uploaded for standing in state.plugins.values())
        broken = [standing for standing in state.released if standing.stops]
        if broken:
            reasons = "; ".join(f"{standing.plugin.name}: {standing.why}" for standing in broken[:5])
            more = f"; and {len(broken) - 5} more" if len(broken) > 5 else ""
            raise PublicationStoppedError(
                f"the release stops, because {len(broken)} of those that must not fail may not go up: {reasons}{more}",
                hint="Correct them, and plan the release again; or build and inspect what was not.",
            )
        if not any(standing.is_uploadable for standing in state.released):
            todo = any(standing.status in (PluginStatus.PLANNED, PluginStatus.BUILT) for standing in state.released)
            hint = "Build and inspect the release first." if todo else "Correct them, and plan the release again."
            raise PublicationStoppedError("there is nothing that may go up", hint=hint)

    def _publish(
        self,
        pool: ThreadPoolExecutor,
        proven: Sequence[PluginState],
        served: Mapping[str, tuple[IndexFile, ...] | None],
    ) -> None:
        plan = self._store.plan
        new = {standing.plugin.name for standing in proven if served[standing.plugin.name] is None}
        schedule = Schedule(plan.plugins, new, self._is_served)
        lost = [plugin.name for plugin in plan.plugins if plugin.name not in self._files]
        lost += self._compare(proven, served)
        if any(plan.plugin(name).stops and name in self._files for name in lost):
            raise PublicationStoppedError(
                "the release stops: the index has other files of what must not fail, see above",
                hint="Those versions were released from something else: plan the next version.",
            )
        for standing in proven:
            if not self._left.get(standing.plugin.name) and standing.plugin.name not in lost:
                schedule.up(standing.plugin.name)
        self._hold(schedule.lose(lost))
        self._reporter.started("uploading", sum(len(self._left[plugin.name]) for plugin in schedule.waiting), "files")
        self._run(pool, schedule)

    def _look(
        self, pool: ThreadPoolExecutor, proven: Sequence[PluginState]
    ) -> Mapping[str, tuple[IndexFile, ...] | None]:
        """What the index has of each project. Raises ``IndexUnreachableError``."""
        names = [standing.plugin.name for standing in proven]
        return dict(zip(names, pool.map(self._index.files, names), strict=True))

    def _compare(self, proven: Iterable[PluginState], served: Mapping[str, tuple[IndexFile, ...] | None]) -> list[str]:
        """Write down what is there already, and keep in mind what is left; those that cannot go up."""
        lost: list[str] = []
        for standing in proven:
            name = standing.plugin.name
            left = self._left[name] = []
            for artifact in standing.files:
                found = self._index.find_in(served[name], artifact)
                if found.same:
                    if not isinstance(standing.uploads.get(artifact.name), Uploaded):
                        self._record.write(
                            Uploaded(plugin=name, file=artifact.name, sha256=artifact.sha256, already=True)
                        )
                elif found.theirs is None:
                    left.append(artifact)
                else:
                    self._record.write(
                        Conflict(plugin=name, file=artifact.name, ours=artifact.sha256, theirs=found.theirs)
                    )
                    lost.append(name)
            # Whoever installs meanwhile is better off with a wheel.
            left.sort(key=lambda artifact: not artifact.name.endswith(".whl"))
        return list(dict.fromkeys(lost))

    def _run(self, pool: ThreadPoolExecutor, schedule: Schedule) -> None:
        running: dict[Future[UploadResult], PlannedDistribution] = {}
        while True:
            if not self._stopped:
                for plugin in schedule.begin(self._jobs - len(running)):
                    running[pool.submit(self._send_all, plugin)] = plugin
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                self._take(schedule, running.pop(future), future.result())

    def _send_all(self, plugin: PlannedDistribution) -> UploadResult:
        wait: float | None = None
        for artifact in self._left[plugin.name]:
            sent = upload_file(self._means, plugin, artifact)
            if sent.cause is not None:
                return sent
            wait = sent.wait if sent.wait is not None else wait
        return UploadResult(None, wait)

    def _take(self, schedule: Schedule, plugin: PlannedDistribution, sent: UploadResult) -> None:
        """Draw the conclusions from what became of one plugin."""
        self._silent = self._silent + 1 if sent.cause is UploadFailure.UNREACHABLE else 0
        if sent.cause is None:
            schedule.up(plugin.name)
        else:
            self._hold(schedule.lose([plugin.name]))
        if sent.cause is UploadFailure.QUOTA or (sent.cause is None and sent.wait is not None):
            self._postpone(schedule, schedule.new_waiting, ROUTE, sent.wait)
        if self._silent >= SILENT:
            self._postpone(schedule, schedule.waiting, "the index does not answer", None)
        if sent.cause is UploadFailure.RATE_LIMITED:
            self._postpone(schedule, schedule.waiting, "the index asks to wait", sent.wait)
        if sent.cause in (UploadFailure.UNAUTHENTICATED, UploadFailure.STOP) or (
            sent.cause is UploadFailure.FILE and self._must_not_fail(plugin)
        ):
            self._stopped = True
            self._gate.stop()

    def _must_not_fail(self, plugin: PlannedDistribution) -> bool:
        """Whether what happened to it stops the others: a refusal does, a wait does not."""
        if not plugin.stops:
            return False
        standing = self._store.state().plugins[plugin.name]
        return standing.status in (PluginStatus.CONFLICT, PluginStatus.REJECTED)

    def _postpone(
        self, schedule: Schedule, plugins: Sequence[PlannedDistribution], why: str, seconds: float | None
    ) -> None:
        until = None if seconds is None else now() + timedelta(seconds=seconds)
        for plugin in plugins:
            for artifact in self._left[plugin.name]:
                self._record.write(Deferred(plugin=plugin.name, file=artifact.name, why=why, until=until))
        self._hold(schedule.lose([plugin.name for plugin in plugins]))

    def _hold(self, found: Mapping[str, str]) -> None:
        for name, because in found.items():
            if name in self._files:
                why = f"it needs {because}, which is not up, in a version that the index does not have"
                self._record.write(HeldBack(plugin=name, why=why, because=because))

    def _is_served(self, dependent: PlannedDistribution, name: str) -> bool:
        if dependent.name not in self._files:
            return False
        wanted = requirements_on(self._store, dependent, self._files[dependent.name], name)
        try:
            return index_satisfies(wanted, self._index.files(name))
        except IndexUnreachableError:
            return False

    def _outcome(self) -> PublicationResult:
        state = self._store.state()
        code = state.exit_code
        silent = self._silent >= SILENT or (bool(self._silent) and not self._record.any_uploaded)
        return PublicationResult(state, UNREACHABLE if code == 1 and silent else code)
