"""Run all phases of a release with one function: plan, build, inspect, publish, verify and report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from commonhold.errors import CommonholdError
from commonhold.release.builder.release_build import BuildResult
from commonhold.release.inspect.verdict import Inspection
from commonhold.release.model.plugin_state import PluginState, PluginStatus
from commonhold.release.model.release_index import address_arguments, release_address
from commonhold.release.model.reporter import Reporter, SilentReporter
from commonhold.release.model.state import (
    DONE,
    PARTLY,
    STOPPED,
    PartialReleaseError,
    ReleaseState,
    partial_release_error,
)
from commonhold.release.phases import (
    ReleaseSettings,
    run_build,
    run_inspection,
    run_plan,
    run_publication,
    run_verification,
)
from commonhold.release.plan.planned_store import ReleaseRequest, find_planned_store, make_planned_store
from commonhold.release.plan.planner import Planning
from commonhold.release.plan.release_source import ReleaseSource
from commonhold.release.publish import Credentials, PublicationResult, find_credentials
from commonhold.release.report.outputs import ReleaseReport, is_up_to_date, write_report
from commonhold.release.report.overview import next_step
from commonhold.release.verify.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonhold.index.addresses import Address
    from commonhold.release.model.store import Store

__all__ = [
    "Phase",
    "PhaseResult",
    "PipelineReporter",
    "ReleaseRequest",
    "ReleaseResult",
    "ReleaseSettings",
    "ReleaseSource",
    "SilentPipelineReporter",
    "UploadProposal",
    "resume",
    "run_release",
]

PhaseResult: TypeAlias = Planning | BuildResult | Inspection | PublicationResult | Verification | ReleaseReport


class Phase(Enum):
    """A phase of a release."""

    PLAN = "plan"
    BUILD = "build"
    INSPECT = "inspect"
    PUBLISH = "publish"
    VERIFY = "verify"
    REPORT = "notes"


class PipelineReporter(Reporter, Protocol):
    """A reporter for several phases. To handle only some calls, subclass :class:`SilentPipelineReporter`."""

    def phase_started(self, phase: Phase) -> None:
        """Report that a phase starts."""

    def phase_finished(self, result: PhaseResult, store: Store | None) -> None:
        """Report the result of a phase; ``store`` is ``None`` after planning."""


class SilentPipelineReporter(SilentReporter):
    """The default pipeline reporter, which ignores every call."""

    def phase_started(self, phase: Phase) -> None: ...

    def phase_finished(self, result: PhaseResult, store: Store | None) -> None: ...


@dataclass(frozen=True, slots=True)
class UploadProposal:
    """An upload to confirm: the index, and the plugins with files that are not on the index yet."""

    address: Address
    plugins: tuple[PluginState, ...]


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """The result of a run.

    ``exit_code`` is 0 if every plugin is on the index and verified, and 5 if only some plugins are. It is 1 if the
    release stopped before the first upload, and 4 if the index did not respond. ``documents`` maps the names of the
    written documents to their paths. ``next_step`` is the command or the manual step that continues the release.
    """

    store: Store
    state: ReleaseState
    exit_code: int
    documents: Mapping[str, str]
    next_step: str


class ReleaseStoppedError(CommonholdError):
    """The release cannot continue, or its upload was not confirmed."""


def run_release(
    source: ReleaseSource,
    request: ReleaseRequest,
    settings: ReleaseSettings | None = None,
    *,
    confirm: Callable[[UploadProposal], bool],
    credentials: Callable[[str], Credentials] | None = None,
    reporter: PipelineReporter | None = None,
) -> ReleaseResult | None:
    """Plan, build, inspect, publish, verify and report a release, or resume it if it was planned before.

    Returns ``None`` if there is nothing to release, which is possible if all plugins have their own versions.
    ``confirm`` is called before the first upload, because uploads cannot be undone. ``credentials`` finds the
    credentials for an upload URL, by default with :func:`~commonhold.release.publish.find_credentials`. An error after
    the first upload is raised as a ``PartialReleaseError``.
    """
    reporter = reporter or SilentPipelineReporter()
    store = find_planned_store(source, request)
    if store is not None:
        reporter.noted(f"resuming the release in {store.folder}")
    else:
        reporter.phase_started(Phase.PLAN)
        planning = run_plan(source, request, reporter)
        reporter.phase_finished(planning, None)
        if planning.nothing_new:
            return None
        store = make_planned_store(source, request, planning.check())
        reporter.noted(f"planned in {store.folder}")
    try:
        address = release_address(store, request.index, request.simple)
        find = credentials or partial(find_credentials, environ=source.environ)
        return _Run(source, store, address, settings or ReleaseSettings(), confirm, find, reporter).run()
    except CommonholdError as error:
        state = store.state()
        if state.left and state.any_uploaded and not isinstance(error, PartialReleaseError):
            raise partial_release_error(error) from error
        raise


def resume(
    store: Store,
    address: Address,
    settings: ReleaseSettings,
    *,
    environ: Mapping[str, str],
    credentials: Callable[[str], Credentials] | None = None,
    reporter: PipelineReporter | None = None,
) -> ReleaseResult:
    """Publish the artifacts that passed inspection, and verify them unless ``settings.wait`` is 0."""
    reporter = reporter or SilentPipelineReporter()
    published = run_publication(
        store, address, settings.publish, environ=environ, credentials=credentials, reporter=reporter
    )
    reporter.phase_finished(published, store)
    code = published.exit_code
    if settings.wait and any(plugin.is_uploaded for plugin in published.state.released):
        try:
            verification = run_verification(store, address, settings, environ=environ, reporter=reporter)
        except CommonholdError as error:
            if code:
                raise partial_release_error(error) from error
            raise
        reporter.phase_finished(verification, store)
        code = code or verification.exit_code
    return _result(store, code)


class _Run:
    """Runs the phases after planning; phases without remaining work are skipped."""

    def __init__(
        self,
        source: ReleaseSource,
        store: Store,
        address: Address,
        settings: ReleaseSettings,
        confirm: Callable[[UploadProposal], bool],
        credentials: Callable[[str], Credentials],
        reporter: PipelineReporter,
    ) -> None:
        self.source, self.store, self.address, self.settings = source, store, address, settings
        self.confirm, self.credentials, self.reporter = confirm, credentials, reporter

    def run(self) -> ReleaseResult:
        state = self.store.state()
        if state.aborted is not None:
            raise ReleaseStoppedError(
                f"this release was aborted: {state.aborted}", hint="Plan the release again into a new store."
            )
        if state.left:
            self.credentials(self.address.upload)  # missing credentials should be reported before an hour of building
        code = self._prepare() or self._deliver()
        documents: Mapping[str, str] = {}
        if self.store.state().any_uploaded:
            self.reporter.phase_started(Phase.REPORT)
            report = write_report(self.source, self.store, self.settings.report, self.address)
            self.reporter.phase_finished(report, self.store)
            documents = report.documents
            code = code or (PARTLY if report.conflicts else DONE)
        return _result(self.store, code, documents)

    def _prepare(self) -> int:
        """Build and inspect the release; return a nonzero exit code if the release stops."""
        if self._any(PluginStatus.PLANNED, PluginStatus.BUILD_FAILED):
            self.reporter.phase_started(Phase.BUILD)
            built = run_build(self.source, self.store, self.settings.build, self.reporter)
            self.reporter.phase_finished(built, self.store)
            if built.stops(self.store.plan):
                return self._stopped()
        is_stricter = self.settings.inspection.strict and self._any(PluginStatus.FAILED_INSPECTION)
        if self._any(PluginStatus.BUILT) or is_stricter:
            self.reporter.phase_started(Phase.INSPECT)
            found = run_inspection(self.source, self.store, self.address, self.settings, self.reporter)
            self.reporter.phase_finished(found, self.store)
            if found.stopped:
                return self._stopped()
        return DONE

    def _deliver(self) -> int:
        """Upload and verify the release; return the exit code."""
        state = self.store.state()
        code = DONE
        if state.left or state.address != self.address:
            waiting = tuple(each for each in state.released if each.is_uploadable and not each.is_uploaded)
            if waiting and not self.confirm(UploadProposal(self.address, waiting)):
                raise ReleaseStoppedError("the upload was not confirmed", hint="Run the same command again to resume.")
            self.reporter.phase_started(Phase.PUBLISH)
            published = run_publication(
                self.store,
                self.address,
                self.settings.publish,
                environ=self.source.environ,
                credentials=self.credentials,
                reporter=self.reporter,
            )
            self.reporter.phase_finished(published, self.store)
            code = published.exit_code
        if self._any(PluginStatus.UPLOADED, PluginStatus.UNVERIFIED):
            # A failed verification does not undo uploads, so the exit code of the publication takes precedence.
            self.reporter.phase_started(Phase.VERIFY)
            verification = run_verification(
                self.store, self.address, self.settings, environ=self.source.environ, reporter=self.reporter
            )
            self.reporter.phase_finished(verification, self.store)
            code = code or (PARTLY if verification.exit_code else DONE)
        return code

    def _any(self, *statuses: PluginStatus) -> bool:
        return any(plugin.status in statuses for plugin in self.store.state().released)

    def _stopped(self) -> int:
        return PARTLY if self.store.state().any_uploaded else STOPPED


def _result(store: Store, code: int, documents: Mapping[str, str] | None = None) -> ReleaseResult:
    state = store.state()
    words = ("--store", store.folder), address_arguments(store.plan, state.address)
    advice = next_step(state, *words, has_notes=is_up_to_date(store))
    return ReleaseResult(store, state, code, documents or {}, advice)
