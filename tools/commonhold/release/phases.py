"""Run the phases of a release with one function each: plan, build, inspect, publish and verify.

The functions do not print. They report progress to a :class:`Reporter`, return the result of their phase, and raise
subclasses of ``CommonholdError``. Each function locks the store while it runs, and resumes where an earlier call
stopped. The last phase is :func:`~commonhold.release.report.outputs.write_report`.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from commonhold.effects.machine import MachineWatch, machine_errors, temporary_folder
from commonhold.effects.process.run import GroupRunner
from commonhold.effects.scratch import ScratchFolder
from commonhold.errors import UsageError
from commonhold.index.addresses import Address, find_index
from commonhold.index.backoff import BackoffLimits, Gate
from commonhold.index.client import IndexClient
from commonhold.index.uv import find_uv, uv_cache, uv_environ, without_indexes, write_configs
from commonhold.release.builder.environments import make_installer
from commonhold.release.builder.release_build import BuildRequest, BuildResult, build_release
from commonhold.release.inspect.inspection import InspectionSettings, Tools, inspect
from commonhold.release.inspect.installability import Uv
from commonhold.release.model.journal_events import Aborted
from commonhold.release.model.release_index import release_address
from commonhold.release.model.reporter import Reporter, SilentReporter
from commonhold.release.plan.next_release import find_upcoming
from commonhold.release.plan.planner import Indexes, Planning, PlanRequest, plan_release
from commonhold.release.publish import (
    Credentials,
    PublicationResult,
    PublishSettings,
    TwineUploader,
    find_credentials,
    publish,
)
from commonhold.release.publish.index_state import Index, reconcile_uploads
from commonhold.release.report.outputs import ReportSettings
from commonhold.release.verify.resolution import ResolutionCheck, find_core
from commonhold.release.verify.verification import Verification, verify
from commonhold.versions import parse_release
from commonhold.workspace import Files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from packaging.version import Version

    from commonhold.release.inspect.verdict import Inspection
    from commonhold.release.model.store import Store
    from commonhold.release.plan.planned_store import ReleaseRequest
    from commonhold.release.plan.release_source import ReleaseSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSettings:
    """The settings of all phases.

    ``indexes`` are the simple APIs of indexes with requirements from outside the release, by default the indexes in
    uv's configuration. ``wait`` is the maximum time in seconds for which the verification waits for the index.
    """

    build: BuildRequest = field(default_factory=lambda: BuildRequest(jobs=available_cores()))
    inspection: InspectionSettings = field(default_factory=InspectionSettings)
    publish: PublishSettings = field(default_factory=PublishSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    indexes: tuple[str, ...] = ()
    wait: float = 600.0


def run_plan(source: ReleaseSource, request: ReleaseRequest, reporter: Reporter | None = None) -> Planning:
    """Plan a release from a commit. No files are written, and no project code runs.

    Raises ``GitError``, ``ConfigurationError``, ``IndexUnreachableError``, and ``UsageError`` if the version cannot be
    released. :meth:`Planning.check` raises if a plugin stops the release.
    """
    reporter = reporter or SilentReporter()
    indexes = open_indexes(request.index or "pypi", request.simple, request.core_from, reporter)
    reference = source.find_commit(request.version, request.ref)
    reporter.noted(f"planning {request.version} from {reference.name} ({reference.commit[:12]})")
    tree = Files.of(source.repository.tree(reference.commit))
    details = PlanRequest(
        version=request.version,
        commit=reference.commit,
        epoch=source.repository.committed(reference.commit),
        to=request.index or "pypi",
        simple=request.simple,
        only=request.plugins,
        finish=request.finish,
    )
    workspace = source.workspace(tree)
    reporter.started("querying the index", None, "projects")
    return plan_release(workspace, tree, details, indexes)


def find_next_version(
    source: ReleaseSource, indexes: Indexes, *, floor: Version | None = None, ref: str | None = None
) -> Version | None:
    """Find the newest release of the core above ``floor`` whose version no plugin has yet.

    The default ``floor`` is the one in the configuration at ``ref`` or ``HEAD``. Raises ``UsageError`` if ``floor`` is
    neither given nor configured.
    """
    tree = Files.of(source.tree(ref or "HEAD"))
    configured = source.config(tree).release.floor
    if floor is None and configured is None:
        raise UsageError(
            "no floor for releases of the core is configured, so the next release cannot be found",
            hint="Set floor in [tool.commonhold.release], or use --floor VERSION.",
        )
    return find_upcoming(source.workspace(tree), tree, floor or parse_release(configured or ""), indexes)


def open_indexes(index: str, simple: str | None, core_from: str | None, reporter: Reporter) -> Indexes:
    """Return the index to release to, and the index with the core. Raises ``UsageError``."""
    core = None if core_from is None else IndexClient(find_index(core_from))
    return Indexes(IndexClient(find_index(index, simple)), core, reporter.advanced)


@machine_errors()
def run_build(
    source: ReleaseSource,
    store: Store,
    request: BuildRequest,
    reporter: Reporter | None = None,
    *,
    indexes: tuple[str, ...] = (),
) -> BuildResult:
    """Build the planned artifacts that are missing. Builds run project code, without secrets from the environment.

    ``indexes`` are the simple APIs of the indexes with build requirements, by default those in uv's configuration.
    """
    tree = source.repository.tree(store.plan.commit)
    installer = make_installer(source.environ, indexes)
    with store.lock():
        return build_release(store, tree, installer, reporter or SilentReporter(), request)


@machine_errors()
def run_inspection(
    source: ReleaseSource, store: Store, address: Address, settings: ReleaseSettings, reporter: Reporter | None = None
) -> Inspection:
    """Inspect every built artifact; ``address`` is the index with the previous release."""
    tree = source.tree(store.plan.commit)
    config = source.config(tree)
    with store.lock(), ScratchFolder("uv") as scratch:
        tools = inspection_tools(source.environ, address, settings.indexes, scratch.path)
        return inspect(store, tree, config, tools, settings.inspection, reporter or SilentReporter())


def inspection_tools(
    environ: Mapping[str, str], address: Address, indexes: tuple[str, ...], folder: str | None = None
) -> Tools:
    """Return uv and the index for an inspection. uv gets no secrets from ``environ``, because it may build packages.

    ``folder`` is an empty folder for uv's configuration, which makes uv cache the pages and files that it reads.
    """
    env = uv_environ(environ)
    configs = None if folder is None else write_configs(folder, env, indexes)
    env = env if configs is None else without_indexes(env)
    machine = MachineWatch(temporary_folder(), env.get("TMPDIR", ""), uv_cache(env))
    uv = Uv(find_uv(environ), env, GroupRunner(), indexes, machine=machine, configs=configs)
    return Tools(uv, IndexClient(address))


@machine_errors()
def run_publication(
    store: Store,
    address: Address,
    settings: PublishSettings | None = None,
    *,
    environ: Mapping[str, str],
    credentials: Callable[[str], Credentials] | None = None,
    reporter: Reporter | None = None,
) -> PublicationResult:
    """Upload every artifact that passed inspection and is not on the index yet. No project code runs.

    ``credentials`` finds the credentials for an upload URL, by default in the environment variables ``environ``.
    """
    settings = settings or PublishSettings()
    find = credentials or partial(find_credentials, environ=environ)
    with store.lock():
        uploader = TwineUploader(address.upload, find(address.upload), settings.limits.timeout)
        return publish(store, address, uploader, reporter, settings)


@machine_errors()
def run_verification(
    store: Store,
    address: Address,
    settings: ReleaseSettings,
    *,
    environ: Mapping[str, str],
    reporter: Reporter | None = None,
) -> Verification:
    """Compare every uploaded file with the file on the index, and resolve each plugin with uv."""
    with store.lock():
        state = store.state()
        index = Index(address, BackoffLimits(patience=min(30.0, settings.wait)), Gate())
        # Resolving may build third-party packages, so uv gets an environment without secrets.
        resolver = ResolutionCheck(
            find_uv(environ),
            store.plan,
            address.simple,
            uv_environ(environ),
            settings.indexes,
            uploaded={each.name: each.plugin.version for each in state.released if each.is_uploaded},
            core=find_core(state, store.plan, index),
        )
        with contextlib.closing(resolver):
            return verify(store, address, resolver, reporter, settings.wait)


@dataclass(frozen=True, slots=True)
class AbortResult:
    """The result of :func:`abort`.

    ``earlier`` is the previous reason, if the release had already been aborted. ``unknown`` are files whose upload got
    no response, and for which the query of the index failed too.
    """

    earlier: str | None
    unknown: tuple[str, ...]


def abort(store: Store, why: str, address: Address | None = None) -> AbortResult:
    """Abort a release: prevent further uploads from its store.

    ``address`` is the index to query about uploads that got no response, by default the plan's index. Raises
    ``UsageError`` if the journal names another index.
    """
    address = address or release_address(store, None, None)
    with store.lock():
        earlier = store.state().aborted
        if earlier is None:
            store.journal.append(Aborted(why=why))
        return AbortResult(earlier, reconcile_uploads(store, address))


def available_cores() -> int:
    """Return the number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
