"""Start builds in worker processes, collect their outcomes, and kill builds that take too long."""

from __future__ import annotations

import os
import selectors
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.release.builder.environments import EnvironmentFailedError
from commonhold.release.builder.workers import BuildOutcome, ForkServerWorker, IsolatedWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from commonhold.release.builder.environment_groups import BuildGroup
    from commonhold.release.builder.environments import Installer
    from commonhold.release.builder.workers import BuildTask, Worker

CAN_FORK = hasattr(os, "fork")


@dataclass(frozen=True, slots=True)
class _RunningBuild:
    worker: Worker
    deadline: float


class WorkerPool:
    """The workers of one run, as a context manager that kills all workers at its end.

    ``seconds`` is the time limit of a build. ``on_environment`` is called with each new environment's requirements.
    """

    def __init__(
        self, installer: Installer, scratch: str, *, seconds: float, on_environment: Callable[[Sequence[str]], None]
    ) -> None:
        self._installer = installer
        self._scratch = scratch
        self._seconds = seconds
        self._on_environment = on_environment
        self._selector = selectors.DefaultSelector()
        # A string is the reason why a group's environment or backend cannot be used.
        self._groups: dict[BuildGroup, ForkServerWorker | str] = {}
        self._environments = 0
        self._running: dict[int, _RunningBuild] = {}
        self._ended: dict[int, BuildOutcome] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.close()
        self._selector.close()

    def __len__(self) -> int:
        return len(self._running) + len(self._ended)

    def start(self, task: BuildTask, group: BuildGroup) -> None:
        """Start a build in the environment that its group shares."""
        server = self._groups.get(group)
        if server is None:
            server = self._groups[group] = self._open_server(group)
        # Every plugin of the group fails for the same reason, which is written to each plugin's own log.
        if isinstance(server, str):
            with open(task.log, "a", encoding="utf-8") as log:
                log.write(f"{server}\n")
            self._ended[task.number] = BuildOutcome(why=server.splitlines()[0].removesuffix(":"))
            return
        self._start_in(server, task)

    def start_alone(self, task: BuildTask, wheels: tuple[str, ...]) -> None:
        """Start a build in its own environments, which contain the given wheels of this release."""
        worker = IsolatedWorker(task, self._installer, wheels)
        self._selector.register(worker, selectors.EVENT_READ, worker)
        self._start_in(worker, task)

    def wait(self) -> Mapping[int, BuildOutcome]:
        """Wait until builds end and return their outcomes by number. At least one build must have been started."""
        while not self._ended:
            nearest = min(running.deadline for running in self._running.values())
            for key, _ in self._selector.select(max(nearest - time.monotonic(), 0.0)):
                self._read(key.data)
            self._cancel_late()
        ended, self._ended = self._ended, {}
        return ended

    def _start_in(self, worker: Worker, task: BuildTask) -> None:
        # The time limit starts here, because creating the environment has its own limit.
        self._running[task.number] = _RunningBuild(worker, time.monotonic() + self._seconds)
        worker.start(task)

    def _read(self, worker: Worker) -> None:
        outcomes = worker.read_outcomes()
        if outcomes is None:
            self._selector.unregister(worker)
            worker.close()
            self._forget(worker)
            return
        for number, outcome in outcomes.items():
            # A build that timed out already has an outcome.
            if self._running.pop(number, None) is not None:
                self._ended[number] = outcome

    def _cancel_late(self) -> None:
        now = time.monotonic()
        for number, running in list(self._running.items()):
            if running.deadline <= now:
                running.worker.cancel(number)
                del self._running[number]
                self._ended[number] = BuildOutcome(why=f"the build timed out after {self._seconds:.0f} s")

    def _forget(self, worker: Worker) -> None:
        """Remove a worker that has ended.

        If the worker's backend is broken, the group's other builds fail at once; otherwise the next build starts a new
        server.
        """
        for group, server in list(self._groups.items()):
            if server is worker and isinstance(server, ForkServerWorker):
                del self._groups[group]
                if server.broken:
                    self._groups[group] = server.broken

    def _open_server(self, group: BuildGroup) -> ForkServerWorker | str:
        requires, backend = group.system.requires, group.system.backend
        self._on_environment([*requires, *map(os.path.basename, group.wheels)])
        self._environments += 1
        folder = os.path.join(self._scratch, f"environment-{self._environments}")
        try:
            environment = self._installer.make(folder, requires, group.wheels)
        except EnvironmentFailedError as error:
            return error.message
        server = ForkServerWorker(environment, backend, self._scratch, self._installer.env)
        self._selector.register(server, selectors.EVENT_READ, server)
        return server
