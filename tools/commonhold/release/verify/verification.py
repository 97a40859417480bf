"""Verify a release on the index: download each file and compare its hash, and resolve each plugin with uv."""

from __future__ import annotations

import shlex
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.index.backoff import BackoffLimits, Gate
from commonhold.release.model.journal_events import NotVerified, Verified
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.model.state import DONE, PARTLY
from commonhold.release.publish.index_state import Index
from commonhold.release.publish.journal_writer import JournalWriter
from commonhold.release.verify.plugin_check import PluginCheck, VerificationProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonhold.index.addresses import Address
    from commonhold.release.model.reporter import Reporter
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store
    from commonhold.release.verify.plugin_check import Resolver

JOBS = 4
"""Number of plugins to verify at the same time."""

MAX_PAUSE = 5.0
"""Maximum number of seconds between two checks of a plugin that the index does not serve yet."""

MAX_UNREACHABLE = 3
"""After this many checks in succession without a response, no other check starts for a while."""

NO_RESPONSE = "the index does not respond"

REPORT_SECONDS = 30.0
"""Number of seconds between two reports about the awaited plugins."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The state after a verification. The exit code is 0 if all plugins are verified, and otherwise 5."""

    state: ReleaseState
    exit_code: int


def verify(
    store: Store, address: Address, resolver: Resolver, reporter: Reporter | None = None, wait: float = 600.0
) -> Verification:
    """Check that the index serves every uploaded file and that every plugin resolves.

    A problem that may disappear with time is checked again for ``wait`` seconds. Each result is recorded as soon as it
    is known. The caller holds the store's lock. Raises ``IndexUnreachableError``, and ``UsageError`` if no plugin is
    uploaded.
    """
    state = store.state()
    uploaded = [each for each in state.released if each.is_uploaded]
    if not uploaded or state.address is None or state.address.upload != address.upload:
        raise UsageError(
            f"no plugin of this release was uploaded to {address.upload}",
            hint=f"Run `commonhold release publish --store {shlex.quote(store.folder)}`.",
        )
    reporter = reporter or SilentReporter()
    gate = Gate()
    deadline = _Deadline.after(wait)
    first = Index(address, BackoffLimits(patience=min(30.0, wait)), gate)
    first.files(uploaded[0].name)  # raises a single error if the index does not respond, instead of one for each plugin
    index = Index(address, BackoffLimits(patience=0.0), gate)  # checks are repeated as a whole
    attempts = [_Attempt(PluginCheck(each, index, resolver)) for each in uploaded]
    reporter.started("verifying", len(uploaded), "plugins")
    with ThreadPoolExecutor(JOBS, thread_name_prefix="verify") as pool:
        run = _VerificationRun(pool, attempts, JournalWriter(store.journal, reporter), reporter, deadline)
        try:
            run.run()
        except BaseException:
            gate.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return _result(store.state())


def _result(state: ReleaseState) -> Verification:
    # Files that cannot be verified are on the index nevertheless.
    return Verification(state, DONE if state.is_verified else PARTLY)


@dataclass(frozen=True, slots=True)
class _Deadline:
    """The time when the wait ends, on the monotonic clock and as a time of day."""

    end: float
    time: datetime

    @classmethod
    def after(cls, seconds: float) -> _Deadline:
        return cls(time.monotonic() + seconds, datetime.now(timezone.utc) + timedelta(seconds=seconds))


@dataclass(slots=True)
class _Attempt:
    """The next check of one plugin: it starts at ``due``. ``why`` is the result of the previous check, if any."""

    check: PluginCheck
    due: float = 0.0
    pause: float = 0.5
    why: str = ""

    @property
    def name(self) -> str:
        return self.check.plugin.name


@dataclass(slots=True)
class _VerificationRun:
    """Runs the checks.

    A plugin that waits for the index does not delay other plugins: every plugin is first checked once. The journal and
    the reporter are used only by the thread that calls ``run``.
    """

    pool: ThreadPoolExecutor
    queue: list[_Attempt]
    journal: JournalWriter
    reporter: Reporter
    deadline: _Deadline
    running: dict[Future[VerificationProblem | None], _Attempt] = field(default_factory=dict)
    unreachable: int = 0
    closed_until: float = 0.0
    reported: float = float("-inf")

    def run(self) -> None:
        while self.queue or self.running:
            self._start()
            self._report()
            self._finish(self._wait())

    def _start(self) -> None:
        """Start the checks that are due; after the deadline, end all checks of an index that does not respond."""
        now = time.monotonic()
        gives_up = now >= self.deadline.end and self.unreachable >= MAX_UNREACHABLE
        # The sort is stable, so checks that have not started yet stay in the order of the release.
        for attempt in sorted(self.queue, key=lambda attempt: attempt.due):
            if gives_up:
                self.queue.remove(attempt)
                self._record(attempt, VerificationProblem(attempt.why or NO_RESPONSE))
            elif len(self.running) < JOBS and self._start_of(attempt) <= now:
                self.queue.remove(attempt)
                self.running[self.pool.submit(attempt.check.run)] = attempt

    def _start_of(self, attempt: _Attempt) -> float:
        return max(attempt.due, min(self.closed_until, self.deadline.end))

    def _wait(self) -> Iterable[Future[VerificationProblem | None]]:
        """Wait until a check ends or the next check is due; return the checks that have ended."""
        has_room = self.queue and len(self.running) < JOBS
        due = min(map(self._start_of, self.queue)) if has_room else float("inf")
        seconds = max(0.0, min(due - time.monotonic(), REPORT_SECONDS))
        if self.running:
            return wait_for(self.running, seconds, FIRST_COMPLETED).done
        if self.queue:
            time.sleep(seconds)
        return ()

    def _finish(self, done: Iterable[Future[VerificationProblem | None]]) -> None:
        for future in done:
            attempt = self.running.pop(future)
            problem = future.result()
            self._note_response(problem)
            now = time.monotonic()
            if problem is None or not problem.may_pass or now >= self.deadline.end:
                self._record(attempt, problem)
            else:
                # The last check is at the deadline.
                attempt.due = min(now + attempt.pause, self.deadline.end)
                attempt.pause = min(2 * attempt.pause, MAX_PAUSE)
                attempt.why = problem.why
                self.queue.append(attempt)

    def _note_response(self, problem: VerificationProblem | None) -> None:
        if problem is None or not problem.unreachable:
            self.unreachable = 0
            return
        self.unreachable += 1
        if self.unreachable >= MAX_UNREACHABLE:
            self.closed_until = time.monotonic() + MAX_PAUSE

    def _record(self, attempt: _Attempt, problem: VerificationProblem | None) -> None:
        name = attempt.name
        self.journal.write(Verified(plugin=name) if problem is None else NotVerified(plugin=name, why=problem.why))

    def _report(self) -> None:
        """Report the awaited plugins, at intervals, if nothing else is left to do."""
        left = [*self.queue, *self.running.values()]
        is_idle = self.unreachable >= MAX_UNREACHABLE or all(attempt.why for attempt in left)
        if left and is_idle and time.monotonic() >= self.reported + REPORT_SECONDS:
            self.reported = time.monotonic()
            awaited = sorted((attempt.name, attempt.why or NO_RESPONSE) for attempt in left)
            self.reporter.waiting(dict(awaited), self.deadline.time)
