"""The build of a release: what is to be built, in which order, and what becomes of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.projects.staged_project import StampError
from commonhold.release.builder.artifacts import (
    MAX_ARTIFACT_BYTES,
    filename_error,
    read_built,
    store_artifacts,
    store_failure,
)
from commonhold.release.builder.build_deps import build_closures, transitive_build_deps
from commonhold.release.builder.build_log import read_log
from commonhold.release.builder.build_steps import read_output
from commonhold.release.builder.environment_groups import BuildGroup, read_build_system
from commonhold.release.builder.reproducibility import describe_difference
from commonhold.release.builder.sdist_omissions import find_omissions, list_files, may_omit_files
from commonhold.release.builder.worker_pool import CAN_FORK, WorkerPool
from commonhold.release.builder.workers import BuildTask
from commonhold.release.model.journal_events import Built
from commonhold.release.stage.export import StageError
from commonhold.release.stage.staging import stage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Literal

    from commonhold.release.builder.environments import Installer
    from commonhold.release.builder.workers import BuildOutcome
    from commonhold.release.model.plan import PlannedDistribution
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.model.store import Store
    from commonhold.tree import Tree

BUILD_SECONDS = 1800.0
"""How long the build of one plugin may take."""

LAST_LINES = 15
"""How much of a failed build's log is shown."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What is to be built, and how: ``plugins`` by their names, ``None`` for all that the plan releases.

    ``prove`` builds each a second time, elsewhere, and its wheel also without the sdist, and compares. ``jobs`` are
    built at the same time.
    """

    plugins: Collection[str] | None = None
    prove: bool = False
    jobs: int = 1
    seconds: float = BUILD_SECONDS


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The plugins that were built, those that had been built before, and why others are not."""

    built: tuple[str, ...]
    already: tuple[str, ...]
    failed: Mapping[str, str]


def build_release(
    store: Store, tree: Tree, installer: Installer, reporter: Reporter, wish: BuildRequest
) -> BuildResult:
    """Build what the plan releases and the store does not hold; the caller has the store's lock.

    Raises ``StoreError`` when the store does not hold what its journal says, and ``ToolError`` or ``GitError``
    when uv or git fail. What of the plugins fails is told by the result, and by the journal.
    """
    # The system's own folder for such things: below a repository, backends would read its .gitignore.
    with (
        tempfile.TemporaryDirectory(prefix="commonhold-build-", ignore_cleanup_errors=True) as scratch,
        WorkerPool(installer, scratch, seconds=wish.seconds, tell=reporter.preparing) as pool,
    ):
        return _Building(store, tree, pool, reporter, wish, scratch).run()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One build of one plugin. ``group`` is ``None`` where it is built alone, ``copied`` are the files of the copy.

    The ``first`` build is the one that is kept, the ``second`` shall be the same; the ``direct`` one, without an
    sdist, shall be without anything more.
    """

    planned: PlannedDistribution
    task: BuildTask
    group: BuildGroup | None
    wheels: tuple[str, ...]
    role: Literal["first", "second", "direct"]
    copied: tuple[str, ...]


class _Building:
    def __init__(
        self, store: Store, tree: Tree, pool: WorkerPool, reporter: Reporter, wish: BuildRequest, scratch: str
    ) -> None:
        self._store, self._tree, self._pool, self._reporter = store, tree, pool, reporter
        self._wish, self._scratch = wish, scratch
        self._closures = build_closures(store.plan)
        self._wanted = self._closures.keys() if wish.plugins is None else {*wish.plugins}
        self._wheels: dict[str, str] = {}
        self._recorded: dict[str, Built] = {}
        self._first: dict[str, dict[str, bytes]] = {}
        self._lost: dict[str, tuple[str, ...]] = {}
        self._failed: dict[str, str] = {}
        self._built: list[str] = []
        self._waiting: list[str] = []
        self._ready: deque[_Attempt] = deque()
        self._attempts: dict[int, _Attempt] = {}
        self._begun = 0

    def run(self) -> BuildResult:
        already = self._look_at_store()
        self._reporter.started("building", len(self._waiting), "plugins")
        while self._advance():
            for number, outcome in self._pool.wait().items():
                self._end(self._attempts.pop(number), outcome)
        for name in self._waiting:
            self._fail(name, f"it can only be built with {', '.join(self._closures[name])}, and the reverse", None)
        failed = {name: why for name, why in self._failed.items() if name in self._wanted}
        return BuildResult(tuple(name for name in self._built if name in self._wanted), already, failed)

    def _look_at_store(self) -> tuple[str, ...]:
        """Find what is built already, byte by byte, and what is left to do."""
        self._recorded = read_built(self._store.journal.read())
        for name, built in self._recorded.items():
            for artifact in built.files:
                self._store.check(name, artifact)
            self._wheels[name] = self._store.path(name, built.files[-1].name)
        todo = {*self._wanted} if self._wish.prove else {*self._wanted} - self._recorded.keys()
        helpers = transitive_build_deps(todo, self._closures) - self._recorded.keys()
        self._waiting = [name for name in self._closures if name in todo | helpers]
        return tuple(name for name in self._closures if name in self._wanted and name not in todo)

    def _advance(self) -> bool:
        """Keep the workers busy, and the next copies ready; whether there is something to wait for."""
        while len(self._pool) < self._wish.jobs:
            if not self._ready and not self._prepare():
                break
            if self._ready:
                self._begin(self._ready.popleft())
        while len(self._ready) < self._wish.jobs and self._prepare():
            pass
        return len(self._pool) > 0

    def _prepare(self) -> bool:
        """Stage the next plugin that can be built; whether there was one."""
        for name in self._waiting:
            missing = [each for each in self._closures[name] if each not in self._wheels]
            broken = [each for each in missing if each in self._failed]
            if broken:
                self._waiting.remove(name)
                self._fail(name, f"it is built with {broken[0]}, which could not be built", None)
                return True
            if not missing:
                self._waiting.remove(name)
                self._stage(name, "second" if name in self._recorded else "first")
                return True
        return False

    def _stage(self, name: str, role: Literal["first", "second", "direct"], *, alone: bool = False) -> None:
        """Make a copy for an attempt. Two copies of a plugin have nothing in common, not even their paths."""
        self._begun += 1
        planned = self._store.plan.plugin(name)
        scratch = os.path.join(self._scratch, f"{role}-{self._begun}")
        source, log = os.path.join(scratch, "copy"), os.path.join(scratch, "log")
        try:
            os.makedirs(scratch)
            staged = stage(self._tree, planned, source)
        except (StageError, StampError) as error:
            self._fail(name, error.message, f"{error.message}\n{error.hint or ''}\n".encode(errors="backslashreplace"))
            return
        except OSError as error:
            self._fail(name, f"no copy of it can be made: {error.strerror}", f"{error}\n".encode(errors="replace"))
            return
        copied = tuple(list_files(staged.folder)) if role == "first" else ()
        task = BuildTask(self._begun, staged.folder, scratch, log, staged.env, self._store.plan.epoch, role == "direct")
        wheels = tuple(self._wheels[each] for each in self._closures[name])
        system = read_build_system(staged.folder) if CAN_FORK and not alone else None
        group = BuildGroup(planned.tier, system, wheels) if system is not None else None
        self._ready.append(_Attempt(planned, task, group, wheels, role, copied))

    def _begin(self, attempt: _Attempt) -> None:
        self._attempts[attempt.task.number] = attempt
        if attempt.group is None:
            self._pool.start_alone(attempt.task, attempt.wheels)
        else:
            self._pool.start(attempt.task, attempt.group)

    def _end(self, attempt: _Attempt, outcome: BuildOutcome) -> None:
        name = attempt.planned.name
        if outcome.more:
            self._stage(name, attempt.role, alone=True)
        elif outcome.why:
            where = "straight from the commit, without an sdist: " if attempt.role == "direct" else ""
            self._fail(name, f"{where}{outcome.why}", read_log(attempt.task.log))
        else:
            self._take(attempt, *_collect(attempt, outcome.files))
        # A helper's wheel is installed from there.
        if name not in self._wheels or name in self._wanted:
            shutil.rmtree(attempt.task.scratch, ignore_errors=True)

    def _take(self, attempt: _Attempt, files: dict[str, bytes], problem: str) -> None:
        """Compare, prove, and keep what a build made."""
        name = attempt.planned.name
        if attempt.role == "second":
            problem = problem or describe_difference(self._made(name), files)
        elif attempt.role == "direct" and not problem:
            self._lost[name], problem = find_omissions(self._made(name), files)
        if problem:
            log = (read_log(attempt.task.log) or b"") + f"{problem}\n".encode(errors="backslashreplace")
            self._fail(name, problem, log)
        elif name not in self._wanted:
            self._wheels[name] = os.path.join(attempt.task.scratch, "dist", [*files][-1])
        else:
            self._go_on(attempt, files)

    def _go_on(self, attempt: _Attempt, files: dict[str, bytes]) -> None:
        name = attempt.planned.name
        if attempt.role == "first":
            self._first[name] = files
        if attempt.role == "first" and self._wish.prove:
            self._stage(name, "second")
        elif attempt.role == "second" or (attempt.role == "first" and may_omit_files(attempt.copied, files)):
            self._stage(name, "direct")
        else:
            self._keep(name)

    def _made(self, name: str) -> Mapping[str, bytes]:
        """The files of the first build."""
        if name in self._first:
            return self._first[name]
        return {each.name: self._store.read(name, each) for each in self._recorded[name].files}

    def _keep(self, name: str) -> None:
        files = self._first.pop(name, None)
        lost = self._lost.get(name, ())
        if files is not None:
            artifacts = store_artifacts(self._store, name, files, lost)
            self._wheels[name] = self._store.path(name, artifacts[-1].name)
        elif lost != self._recorded[name].lost:  # a proof has found more than the build did
            self._store.journal.append(Built(plugin=name, files=self._recorded[name].files, lost=lost))
        self._built.append(name)
        self._reporter.built(name)

    def _fail(self, name: str, why: str, log: bytes | None) -> None:
        self._failed[name] = why
        self._first.pop(name, None)
        if name in self._wanted:
            store_failure(self._store, name, why, log)
        lines = (log or b"").decode("utf-8", "backslashreplace").splitlines()
        self._reporter.failed(name, why, lines[-LAST_LINES:])


def _collect(attempt: _Attempt, paths: Sequence[str]) -> tuple[dict[str, bytes], str]:
    """What a build made, and what is wrong with that."""
    names = [os.path.basename(path) for path in paths]
    problem = "" if attempt.role == "direct" else filename_error(attempt.planned, names)
    if problem:
        return {}, problem
    try:
        return {name: read_output(path, MAX_ARTIFACT_BYTES) for name, path in zip(names, paths, strict=True)}, ""
    except OSError as error:
        return {}, str(error)
