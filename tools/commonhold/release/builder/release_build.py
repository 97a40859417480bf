"""Build a release: choose and order the plugins, run the builds, compare their files, and store the results."""

from __future__ import annotations

import os
import shutil
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.machine import MachineWatch, machine_error, temporary_folder
from commonhold.effects.scratch import ScratchFolder
from commonhold.errors import assert_never
from commonhold.index.uv import uv_cache
from commonhold.projects.staged_project import StampError
from commonhold.release.builder.artifacts import (
    read_artifacts,
    read_built,
    read_log,
    store_artifacts,
    store_failure,
)
from commonhold.release.builder.build_deps import build_closures, transitive_build_deps
from commonhold.release.builder.environment_groups import BuildGroup, read_build_system
from commonhold.release.builder.reproducibility import describe_difference
from commonhold.release.builder.sdist_omissions import find_omissions, list_files, may_omit_files
from commonhold.release.builder.worker_pool import CAN_FORK, WorkerPool
from commonhold.release.builder.workers import BuildTask
from commonhold.release.model.journal_events import Built
from commonhold.release.stage.export import StageError
from commonhold.release.stage.outside_files import explain_outside
from commonhold.release.stage.staging import stage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Literal

    from commonhold.release.builder.environments import Installer
    from commonhold.release.builder.workers import BuildOutcome
    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree

BUILD_SECONDS = 1800.0
"""The time limit for the build of one plugin."""

LAST_LINES = 15
"""The number of lines that are reported from a failed build's log."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """The settings of a build: the ``plugins`` to build (``None``: all), and the number of parallel ``jobs``.

    With ``prove``, each plugin is built a second time in another folder, its wheel is also built without the sdist, and
    the files are compared.
    """

    plugins: Collection[str] | None = None
    prove: bool = False
    jobs: int = 1
    seconds: float = BUILD_SECONDS


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The plugins that were built now, the plugins that were already built, and the failed plugins with reasons."""

    built: tuple[str, ...]
    already: tuple[str, ...]
    failed: Mapping[str, str]

    def stops(self, plan: ReleasePlan, *, whole: bool = True) -> bool:
        """Return whether failures stop the release: a required plugin failed, or (with ``whole``) all plugins did."""
        nothing = whole and bool(self.failed) and not self.built and not self.already
        return nothing or any(plan.plugin(name).stops for name in self.failed)


def build_release(
    store: Store, tree: Tree, installer: Installer, reporter: Reporter, request: BuildRequest
) -> BuildResult:
    """Build the planned plugins that are not in the store yet; the caller holds the store's lock.

    The result and the journal list the plugins that failed. Raises ``StoreError`` if the store contradicts its journal,
    ``MachineError`` if the machine caused a failure, and ``ToolError`` or ``GitError`` if uv or git fails.
    """
    # Outside the repository, because backends that respect its .gitignore would omit files.
    with (
        ScratchFolder("build") as scratch,
        WorkerPool(installer, scratch.path, seconds=request.seconds, on_environment=reporter.preparing) as pool,
    ):
        machine = MachineWatch(temporary_folder(), installer.env.get("TMPDIR", ""), uv_cache(installer.env))
        return _ReleaseBuild(store, tree, pool, reporter, request, scratch.path, machine).run()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One build of one plugin: ``group`` is ``None`` if the plugin is built alone; ``staged`` are its source files.

    The files of the ``first`` build are stored, and the ``second`` build must make equal files. The ``direct`` build,
    which makes a wheel without an sdist, shows which files the sdist omits.
    """

    planned: PlannedDistribution
    task: BuildTask
    group: BuildGroup | None
    wheels: tuple[str, ...]
    role: Literal["first", "second", "direct"]
    staged: tuple[str, ...]


class _ReleaseBuild:
    def __init__(
        self,
        store: Store,
        tree: Tree,
        pool: WorkerPool,
        reporter: Reporter,
        request: BuildRequest,
        scratch: str,
        machine: MachineWatch,
    ) -> None:
        self._store, self._tree, self._pool, self._reporter = store, tree, pool, reporter
        self._request, self._scratch, self._machine = request, scratch, machine
        self._closures = build_closures(store.plan)
        self._requested = self._closures.keys() if request.plugins is None else {*request.plugins}
        self._wheels: dict[str, str] = {}
        self._recorded: dict[str, Built] = {}
        self._first: dict[str, dict[str, bytes]] = {}
        self._lost: dict[str, tuple[str, ...]] = {}
        self._outside: dict[str, tuple[str, ...]] = {}
        self._failed: dict[str, str] = {}
        self._built: list[str] = []
        self._waiting: list[str] = []
        self._ready: deque[_Attempt] = deque()
        self._attempts: dict[int, _Attempt] = {}
        self._attempts_made = 0

    def run(self) -> BuildResult:
        already = self._read_store()
        self._reporter.started("building", len(self._waiting), "plugins")
        while self._advance():
            for number, outcome in self._pool.wait().items():
                self._finish(self._attempts.pop(number), outcome)
        for name in self._waiting:
            # The remaining plugins are in a cycle of build requirements, or depend on one.
            self._fail(name, f"circular build requirement with {', '.join(self._closures[name])}", None)
        failed = {name: why for name, why in self._failed.items() if name in self._requested}
        return BuildResult(tuple(name for name in self._built if name in self._requested), already, failed)

    def _read_store(self) -> tuple[str, ...]:
        """Check the plugins that are already built, and return them; choose the plugins to build."""
        self._recorded = read_built(self._store.events())
        for name, built in self._recorded.items():
            for artifact in built.files:
                self._store.check(name, artifact)
            self._wheels[name] = self._store.path(name, built.files[-1].name)
        # With --prove, stored plugins are built again too, and compared with the files in the store.
        todo = {*self._requested} if self._request.prove else {*self._requested} - self._recorded.keys()
        # A shard also builds the build requirements of its plugins, but stores only its own plugins.
        helpers = transitive_build_deps(todo, self._closures) - self._recorded.keys()
        self._waiting = [name for name in self._closures if name in todo | helpers]
        return tuple(name for name in self._closures if name in self._requested and name not in todo)

    def _advance(self) -> bool:
        """Start builds, and stage the next plugins while the builds run; return whether any build is running."""
        while len(self._pool) < self._request.jobs:
            if not self._ready and not self._prepare():
                break
            if self._ready:
                self._start(self._ready.popleft())
        # Stage ahead, so that workers do not wait while the next files are exported from git.
        while len(self._ready) < self._request.jobs and self._prepare():
            pass
        return len(self._pool) > 0

    def _prepare(self) -> bool:
        """Stage the next plugin, or record that it cannot be built; return whether any plugin was left."""
        for name in self._waiting:
            missing = [each for each in self._closures[name] if each not in self._wheels]
            broken = [each for each in missing if each in self._failed]
            if broken:
                self._waiting.remove(name)
                self._fail(name, f"its build requires {broken[0]}, which could not be built", None)
                return True
            if not missing:
                self._waiting.remove(name)
                self._stage(name, "second" if name in self._recorded else "first")
                return True
        return False

    def _stage(self, name: str, role: Literal["first", "second", "direct"], *, alone: bool = False) -> None:
        """Stage a plugin for an attempt at its own path, so that a comparison reveals build paths in artifacts."""
        self._attempts_made += 1
        planned = self._store.plan.plugin(name)
        scratch = os.path.join(self._scratch, f"{role}-{self._attempts_made}")
        source, log = os.path.join(scratch, "copy"), os.path.join(scratch, "log")
        try:
            os.makedirs(scratch)
            staged = stage(self._tree, planned, source)
            self._outside[name] = staged.outside
        except (StageError, StampError) as error:
            self._fail(name, error.message, f"{error.message}\n{error.hint or ''}\n".encode(errors="backslashreplace"))
            return
        except OSError as error:
            if machine_error(error) is not None:
                raise
            self._fail(name, f"it cannot be copied: {error.strerror}", f"{error}\n".encode(errors="replace"))
            return
        files = tuple(list_files(staged.folder)) if role == "first" else ()
        task = BuildTask(
            self._attempts_made, staged.folder, scratch, log, staged.env, self._store.plan.epoch, role == "direct"
        )
        wheels = tuple(self._wheels[each] for each in self._closures[name])
        system = read_build_system(staged.folder) if CAN_FORK and not alone else None
        group = BuildGroup(planned.tier, system, wheels) if system is not None else None
        self._ready.append(_Attempt(planned, task, group, wheels, role, files))

    def _start(self, attempt: _Attempt) -> None:
        self._attempts[attempt.task.number] = attempt
        if attempt.group is None:
            self._pool.start_alone(attempt.task, attempt.wheels)
        else:
            self._pool.start(attempt.task, attempt.group)

    def _finish(self, attempt: _Attempt, outcome: BuildOutcome) -> None:
        name = attempt.planned.name
        # A plugin that needs more requirements is built alone: the shared environment must not change for the group.
        if outcome.retry_alone:
            self._stage(name, attempt.role, alone=True)
        elif outcome.why:
            log = read_log(attempt.task.log)
            self._machine.check(f"building {name}", f"{outcome.why}\n{(log or b'').decode('utf-8', 'replace')}")
            prefix = "built directly from the commit, without an sdist: " if attempt.role == "direct" else ""
            self._fail(name, f"{prefix}{outcome.why}{explain_outside(attempt.planned.path, self._outside[name])}", log)
        else:
            is_direct = attempt.role == "direct"
            self._compare(attempt, *read_artifacts(None if is_direct else attempt.planned, outcome.files))
        # The wheels of plugins that are not stored are installed from their scratch folders, which must be kept.
        if name not in self._wheels or name in self._requested:
            shutil.rmtree(attempt.task.scratch, ignore_errors=True)

    def _compare(self, attempt: _Attempt, files: dict[str, bytes], problem: str) -> None:
        """Compare an attempt's files with earlier attempts' files, then record a failure or continue the plugin."""
        name = attempt.planned.name
        if attempt.role == "second":
            problem = problem or describe_difference(self._first_files(name), files)
        elif attempt.role == "direct" and not problem:
            self._lost[name], problem = find_omissions(self._first_files(name), files)
        if problem:
            log = (read_log(attempt.task.log) or b"") + f"{problem}\n".encode(errors="backslashreplace")
            self._fail(name, problem, log)
        elif name not in self._requested:
            self._wheels[name] = os.path.join(attempt.task.scratch, "dist", [*files][-1])
        else:
            self._continue(attempt, files)

    def _continue(self, attempt: _Attempt, files: dict[str, bytes]) -> None:
        """Stage the next attempt of a plugin, or store its files after the last attempt."""
        name = attempt.planned.name
        following: Literal["second", "direct"] | None
        if attempt.role == "first":
            self._first[name] = files
            following = "second" if self._request.prove else "direct" if may_omit_files(attempt.staged, files) else None
        elif attempt.role == "second":
            following = "direct"
        elif attempt.role == "direct":
            following = None
        else:
            assert_never(attempt.role)
        if following is not None:
            self._stage(name, following)
        else:
            self._store_files(name)

    def _first_files(self, name: str) -> Mapping[str, bytes]:
        """Return the files of the first build, from memory or from the store."""
        if name in self._first:
            return self._first[name]
        return {each.name: self._store.read(name, each) for each in self._recorded[name].files}

    def _store_files(self, name: str) -> None:
        files = self._first.pop(name, None)
        lost = self._lost.get(name, ())
        if files is not None:
            artifacts = store_artifacts(self._store, name, files, lost)
            self._wheels[name] = self._store.path(name, artifacts[-1].name)
        elif lost != self._recorded[name].lost:  # --prove found other omissions than the first build did
            self._store.journal.append(Built(plugin=name, files=self._recorded[name].files, lost=lost))
        self._built.append(name)
        self._reporter.built(name)

    def _fail(self, name: str, why: str, log: bytes | None) -> None:
        self._failed[name] = why
        self._first.pop(name, None)
        if name in self._requested:
            store_failure(self._store, name, why, log)
        lines = (log or b"").decode("utf-8", "backslashreplace").splitlines()
        self._reporter.failed(name, why, lines[-LAST_LINES:])
