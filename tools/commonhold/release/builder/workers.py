"""Run builds in worker processes: a fork server for a whole group, or a separate program for one plugin."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import msgspec

from commonhold.effects.process import Command
from commonhold.effects.process.interact import interact
from commonhold.effects.process.run import HASTE
from commonhold.effects.process.termination import end_group
from commonhold.release.builder import build_steps
from commonhold.release.builder.environment_groups import is_installed
from commonhold.release.builder.environments import build_environ
from commonhold.release.builder.isolated_build import ISOLATED_BOOTSTRAP, IsolatedRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commonhold.release.builder.environments import BuildEnvironment, Installer

FORK_SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fork_server.py")

# Files in the current folder must not shadow modules of the standard library, so sys.path[0] is deleted. `python -I`
# would do so too, but it also ignores PYTHONHASHSEED, and the order of sets would then differ between builds.
FORK_SERVER_BOOTSTRAP = (
    "import sys; del sys.path[0]; import runpy; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
)


@dataclass(frozen=True, slots=True)
class BuildTask:
    """One build: the staged copy to build, a scratch folder, and a log. With ``direct``, only a wheel is built."""

    number: int
    source: str
    scratch: str
    log: str
    stamped: Mapping[str, str]
    epoch: int
    direct: bool = False


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """The result of a build: the paths of its sdist and wheel, or ``why`` it failed.

    ``retry_alone`` means that the build may succeed in its own environment, because the shared environment lacked a
    requirement or the shared process ended.
    """

    files: tuple[str, ...] = ()
    why: str = ""
    retry_alone: bool = False


class Worker(Protocol):
    """A process that builds and reports the end of each build."""

    def fileno(self) -> int:
        """Return the file descriptor that receives reports, for a selector."""

    def start(self, task: BuildTask) -> None:
        """Start a build."""

    def read_outcomes(self) -> Mapping[int, BuildOutcome] | None:
        """Return the outcomes of builds that have ended, by number; ``None`` if the worker itself has ended."""

    def cancel(self, number: int) -> None:
        """Kill one build."""

    def close(self) -> None:
        """Kill the worker and all its builds."""


class ForkServerWorker:
    """A fork server: the environment's backend, imported once and forked for each task."""

    def __init__(self, environment: BuildEnvironment, backend: str, scratch: str, environ: Mapping[str, str]) -> None:
        self._environment = environment
        self._backend = backend
        self._environ = environ
        self._log = f"{environment.folder}.log"
        self._satisfied: set[str] = set()
        self._installed: dict[str, str] = {}
        self.broken = ""
        self._tasks: dict[int, BuildTask] = {}
        self._processes: dict[int, int] = {}
        env = build_environ(environ, environment, scratch, {}, 0)
        # The server compiles the environment's modules once for all builds, so it must be able to write bytecode.
        del env["PYTHONDONTWRITEBYTECODE"], env["SOURCE_DATE_EPOCH"]
        argv = (environment.python, "-c", FORK_SERVER_BOOTSTRAP, FORK_SERVER, backend)
        self._process = interact(Command(argv, env, scratch), self._log)

    def fileno(self) -> int:
        return self._process.fileno()

    def start(self, task: BuildTask) -> None:
        self._tasks[task.number] = task
        env = build_environ(self._environ, self._environment, task.scratch, task.stamped, task.epoch)
        request = {
            "id": task.number,
            "source": task.source,
            "scratch": task.scratch,
            "log": task.log,
            "env": env,
            "epoch": task.epoch,
            "direct": task.direct,
            "satisfied": sorted(self._satisfied),
        }
        self._process.send(json.dumps(request).encode())

    def read_outcomes(self) -> Mapping[int, BuildOutcome] | None:
        lines = self._process.read_lines()
        if lines is None:
            if not self._tasks:
                return None
            why = self.broken or "the process of its build backend ended unexpectedly"
            self._copy_log_to_tasks()
            # Any of the builds may have killed the server, so each is retried alone.
            return {number: BuildOutcome(why=why, retry_alone=not self.broken) for number in self._pop_tasks()}
        found = [self._handle(json.loads(line)) for line in lines]
        return {number: outcome for each in found for number, outcome in each.items()}

    def _handle(self, message: dict[str, object]) -> dict[int, BuildOutcome]:
        match message:
            case {"installed": dict(installed)}:
                from packaging.utils import canonicalize_name

                self._installed = {canonicalize_name(name): version for name, version in installed.items()}
            case {"broken": str(why)}:
                self.broken = why
            case {"id": int(number), "pid": int(process)}:
                self._processes[number] = process
            case {"id": int(number), "code": int(code)}:
                self._processes.pop(number, None)
                return self._finish(self._tasks.pop(number), code)
        return {}

    def _finish(self, task: BuildTask, code: int) -> dict[int, BuildOutcome]:
        """Return a build's outcome; start the build again if its missing requirements are installed now."""
        outcome, requires = read_outcome(task, code)
        if not requires:
            return {task.number: outcome}
        # Requirements are not added to a shared environment, because that would change the group's other builds.
        if not all(is_installed(requirement, self._installed) for requirement in requires):
            return {task.number: BuildOutcome(why=f"its build also requires {', '.join(requires)}", retry_alone=True)}
        if {*requires} <= self._satisfied:
            return {task.number: BuildOutcome(why="its backend keeps requesting requirements that are installed")}
        self._satisfied.update(requires)
        self.start(task)
        return {}

    def _pop_tasks(self) -> Iterable[int]:
        numbers = list(self._tasks)
        self._tasks.clear()
        return numbers

    def _copy_log_to_tasks(self) -> None:
        with open(self._log, "rb") as file:
            text = file.read()
        for task in self._tasks.values():
            with open(task.log, "ab") as log:
                log.write(text)

    def cancel(self, number: int) -> None:
        if number in self._processes:
            end_group(self._processes[number])
            return
        # No build has begun while the server is still importing the backend, so the whole group fails.
        if not self._installed:
            self.broken = f"importing its build backend {self._backend} timed out"
        self._tasks.pop(number, None)
        self._process.kill()

    def close(self) -> None:
        self._process.close()


class IsolatedWorker:
    """A program that creates the environments for a single task and runs its build."""

    def __init__(self, task: BuildTask, installer: Installer, wheels: tuple[str, ...]) -> None:
        self._task = task
        self._ended = False
        argv = (sys.executable, "-c", ISOLATED_BOOTSTRAP, json.dumps([os.path.abspath(path) for path in sys.path]))
        self._process = interact(Command(argv, installer.env, task.scratch), task.log)
        self._request = IsolatedRequest(
            source=task.source,
            scratch=task.scratch,
            epoch=task.epoch,
            direct=task.direct,
            stamped=dict(task.stamped),
            wheels=wheels,
            uv=installer.uv,
            env=dict(installer.env),
            indexes=installer.simple,
        )

    def fileno(self) -> int:
        return self._process.fileno()

    def start(self, task: BuildTask) -> None:
        self._process.send(msgspec.json.encode(self._request))

    def read_outcomes(self) -> Mapping[int, BuildOutcome] | None:
        if self._ended:
            return None
        if self._process.read_lines() is not None:
            return {}
        self._ended = True
        outcome, _ = read_outcome(self._task, self._process.finish(HASTE))
        return {self._task.number: outcome}

    def cancel(self, number: int) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.close()


class _BuildResult(msgspec.Struct, frozen=True):
    files: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def read_outcome(task: BuildTask, code: int) -> tuple[BuildOutcome, tuple[str, ...]]:
    """Return the outcome of a build that exited with ``code``, and the requirements that its backend requested."""
    if code < 0:
        return BuildOutcome(why=f"the build was killed by signal {-code}"), ()
    if code:
        return BuildOutcome(why="the build failed"), ()
    try:
        result = msgspec.json.decode(build_steps.read_build_result(task.scratch), type=_BuildResult)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return BuildOutcome(why="the build ended without a result"), ()
    dist = os.path.join(task.scratch, "dist")
    # Only base names are used, because the project may have written paths of other files.
    files = tuple(os.path.join(dist, os.path.basename(name)) for name in result.files)
    return BuildOutcome(files), result.requires
