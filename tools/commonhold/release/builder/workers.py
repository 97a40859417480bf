"""Those who build: a zygote for all plugins of a group, or a program for a single one."""

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

# Not -I, which forgets PYTHONHASHSEED as well: the order of a set would be another one in each release.
FORK_SERVER_BOOTSTRAP = (
    "import sys; del sys.path[0]; import runpy; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
)


@dataclass(frozen=True, slots=True)
class BuildTask:
    """One build: a copy to build from, a folder to build in, and its log. A ``direct`` one makes a wheel alone."""

    number: int
    source: str
    scratch: str
    log: str
    stamped: Mapping[str, str]
    epoch: int
    direct: bool = False


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """How a build ended: the paths of an sdist and a wheel, or ``why`` there are none.

    ``more`` says that the environment lacks something, or was lost, so that one of its own may do better.
    """

    files: tuple[str, ...] = ()
    why: str = ""
    more: bool = False


class Worker(Protocol):
    """Builds, and says when it is done."""

    def fileno(self) -> int:
        """Where it says so, for a selector."""

    def start(self, task: BuildTask) -> None:
        """Begin a build."""

    def hear(self) -> Mapping[int, BuildOutcome] | None:
        """The builds that have ended, by their numbers; ``None`` when it will build no more."""

    def stop(self, number: int) -> None:
        """End one build."""

    def end(self) -> None:
        """End it, with all that it builds."""


class ForkServerWorker:
    """An environment's backend, imported once and forked for each task."""

    def __init__(self, environment: BuildEnvironment, backend: str, scratch: str, environ: Mapping[str, str]) -> None:
        self._environment = environment
        self._backend = backend
        self._environ = environ
        self._log = f"{environment.folder}.log"
        self._accepts: set[str] = set()
        self._installed: dict[str, str] = {}
        self.broken = ""
        self._tasks: dict[int, BuildTask] = {}
        self._processes: dict[int, int] = {}
        env = build_environ(environ, environment, scratch, {}, 0)
        # Modules of the environment are compiled here, once; a build compiles nothing.
        del env["PYTHONDONTWRITEBYTECODE"], env["SOURCE_DATE_EPOCH"]
        argv = (environment.python, "-c", FORK_SERVER_BOOTSTRAP, FORK_SERVER, backend)
        self._talk = interact(Command(argv, env, scratch), self._log)

    def fileno(self) -> int:
        return self._talk.fileno()

    def start(self, task: BuildTask) -> None:
        self._tasks[task.number] = task
        self._ask(task)

    def _ask(self, task: BuildTask) -> None:
        env = build_environ(self._environ, self._environment, task.scratch, task.stamped, task.epoch)
        request = {
            "id": task.number,
            "source": task.source,
            "scratch": task.scratch,
            "log": task.log,
            "env": env,
            "epoch": task.epoch,
            "direct": task.direct,
            "accepts": sorted(self._accepts),
        }
        self._talk.send(json.dumps(request).encode())

    def hear(self) -> Mapping[int, BuildOutcome] | None:
        lines = self._talk.read_lines()
        if lines is None:
            if not self._tasks:
                return None
            why = self.broken or "the process that held its build backend ended"
            self._tell_logs()
            # Any of them may have ended it; built alone, the others are not held by that one.
            return {number: BuildOutcome(why=why, more=not self.broken) for number in self._take_all()}
        found = [self._understand(json.loads(line)) for line in lines]
        return {number: outcome for each in found for number, outcome in each.items()}

    def _understand(self, answer: dict[str, object]) -> dict[int, BuildOutcome]:
        match answer:
            case {"installed": dict(installed)}:
                from packaging.utils import canonicalize_name

                self._installed = {canonicalize_name(name): version for name, version in installed.items()}
            case {"broken": str(why)}:
                self.broken = why
            case {"id": int(number), "pid": int(process)}:
                self._processes[number] = process
            case {"id": int(number), "code": int(code)}:
                self._processes.pop(number, None)
                return self._settle(self._tasks.pop(number), code)
        return {}

    def _settle(self, task: BuildTask, code: int) -> dict[int, BuildOutcome]:
        outcome, asks = read_outcome(task, code)
        if not asks:
            return {task.number: outcome}
        if not all(is_installed(requirement, self._installed) for requirement in asks):
            return {task.number: BuildOutcome(why=f"it also requires {', '.join(asks)} to be built", more=True)}
        if {*asks} <= self._accepts:
            return {task.number: BuildOutcome(why="its backend asks for what it has, again and again")}
        self._accepts.update(asks)
        self.start(task)
        return {}

    def _take_all(self) -> Iterable[int]:
        numbers = list(self._tasks)
        self._tasks.clear()
        return numbers

    def _tell_logs(self) -> None:
        """Let each plugin's log say what the zygote's own says."""
        with open(self._log, "rb") as file:
            text = file.read()
        for task in self._tasks.values():
            with open(task.log, "ab") as log:
                log.write(text)

    def stop(self, number: int) -> None:
        if number in self._processes:
            end_group(self._processes[number])
            return
        if not self._installed:
            self.broken = f"its build backend {self._backend} cannot be imported: it takes too long"
        self._tasks.pop(number, None)
        self._talk.kill()

    def end(self) -> None:
        self._talk.close()


class IsolatedWorker:
    """A program that makes environments for a single task."""

    def __init__(self, task: BuildTask, installer: Installer, wheels: tuple[str, ...]) -> None:
        self._task = task
        self._ended = False
        argv = (sys.executable, "-c", ISOLATED_BOOTSTRAP, json.dumps([os.path.abspath(path) for path in sys.path]))
        self._talk = interact(Command(argv, installer.env, task.scratch), task.log)
        self._request = IsolatedRequest(
            source=task.source,
            scratch=task.scratch,
            epoch=task.epoch,
            direct=task.direct,
            stamped=dict(task.stamped),
            wheels=wheels,
            uv=installer.uv,
            env=dict(installer.env),
        )

    def fileno(self) -> int:
        return self._talk.fileno()

    def start(self, task: BuildTask) -> None:
        self._talk.send(msgspec.json.encode(self._request))

    def hear(self) -> Mapping[int, BuildOutcome] | None:
        if self._ended:
            return None
        if self._talk.read_lines() is not None:
            return {}
        self._ended = True
        outcome, _ = read_outcome(self._task, self._talk.finish(HASTE))
        return {self._task.number: outcome}

    def stop(self, number: int) -> None:
        self._talk.kill()

    def end(self) -> None:
        self._talk.close()


def read_outcome(task: BuildTask, code: int) -> tuple[BuildOutcome, list[str]]:
    """What a build left behind, and what its backend asks for instead."""
    if code < 0:
        return BuildOutcome(why=f"the build was ended by signal {-code}"), []
    if code:
        return BuildOutcome(why="the build failed"), []
    try:
        said = msgspec.json.decode(build_steps.read_build_result(task.scratch), type=_Said)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return BuildOutcome(why="the build ended without saying what it made"), []
    dist = os.path.join(task.scratch, "dist")
    return BuildOutcome(tuple(os.path.join(dist, os.path.basename(name)) for name in said.files)), said.asks


class _Said(msgspec.Struct, frozen=True):
    files: tuple[str, ...] = ()
    asks: list[str] = []
