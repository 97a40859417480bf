"""All workers at once: who builds a task, what has ended, and what takes too long."""

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
class _Running:
    worker: Worker
    until: float


class WorkerPool:
    """The workers of one run, for a ``with`` statement: all of them end with it.

    ``seconds`` is how long one build may take. ``tell`` is called when an environment is made, with what it holds.
    """

    def __init__(
        self, installer: Installer, scratch: str, *, seconds: float, tell: Callable[[Sequence[str]], None]
    ) -> None:
        self._installer = installer
        self._scratch = scratch
        self._seconds = seconds
        self._tell = tell
        self._selector = selectors.DefaultSelector()
        self._groups: dict[BuildGroup, ForkServerWorker | str] = {}
        self._made = 0
        self._running: dict[int, _Running] = {}
        self._ended: dict[int, BuildOutcome] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.end()
        self._selector.close()

    def __len__(self) -> int:
        return len(self._running) + len(self._ended)

    def start(self, task: BuildTask, group: BuildGroup) -> None:
        """Build a task as one of a group."""
        zygote = self._groups.get(group)
        if zygote is None:
            zygote = self._groups[group] = self._open(group)
        if isinstance(zygote, str):
            with open(task.log, "a", encoding="utf-8") as log:
                log.write(f"{zygote}\n")
            self._ended[task.number] = BuildOutcome(why=zygote.splitlines()[0].removesuffix(":"))
            return
        self._begin(zygote, task)

    def start_alone(self, task: BuildTask, wheels: tuple[str, ...]) -> None:
        """Build a task in environments of its own."""
        worker = IsolatedWorker(task, self._installer, wheels)
        self._selector.register(worker, selectors.EVENT_READ, worker)
        self._begin(worker, task)

    def wait(self) -> Mapping[int, BuildOutcome]:
        """The next tasks that have ended, by their numbers. There must be some that have begun."""
        while not self._ended:
            nearest = min(running.until for running in self._running.values())
            for key, _ in self._selector.select(max(nearest - time.monotonic(), 0.0)):
                self._hear(key.data)
            self._stop_late()
        ended, self._ended = self._ended, {}
        return ended

    def _begin(self, worker: Worker, task: BuildTask) -> None:
        self._running[task.number] = _Running(worker, time.monotonic() + self._seconds)
        worker.start(task)

    def _hear(self, worker: Worker) -> None:
        heard = worker.hear()
        if heard is None:
            self._selector.unregister(worker)
            worker.end()
            self._forget(worker)
            return
        for number, outcome in heard.items():
            if self._running.pop(number, None) is not None:
                self._ended[number] = outcome

    def _stop_late(self) -> None:
        now = time.monotonic()
        for number, running in list(self._running.items()):
            if running.until <= now:
                running.worker.stop(number)
                del self._running[number]
                self._ended[number] = BuildOutcome(
                    why=f"the build took longer than {self._seconds:.0f} s and was ended"
                )

    def _forget(self, worker: Worker) -> None:
        """What broke is broken for all that come; what was ended may be begun again."""
        for group, zygote in list(self._groups.items()):
            if zygote is worker and isinstance(zygote, ForkServerWorker):
                del self._groups[group]
                if zygote.broken:
                    self._groups[group] = zygote.broken

    def _open(self, group: BuildGroup) -> ForkServerWorker | str:
        requires, backend = group.system.requires, group.system.backend
        self._tell([*requires, *map(os.path.basename, group.wheels)])
        self._made += 1
        folder = os.path.join(self._scratch, f"environment-{self._made}")
        try:
            environment = self._installer.make(folder, requires, group.wheels)
        except EnvironmentFailedError as error:
            return error.message
        zygote = ForkServerWorker(environment, backend, self._scratch, self._installer.env)
        self._selector.register(zygote, selectors.EVENT_READ, zygote)
        return zygote
