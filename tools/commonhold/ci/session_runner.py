"""Running several sessions through a nox of their own, and telling what became of each."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import re
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.junit import failed_tests, read_report
from commonhold.ci.results import SessionResult, junit_path, read_result, result_path
from commonhold.ci.step_summary import results_lines
from commonhold.effects.process import Command
from commonhold.effects.process.run import GRACE, stream
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from commonhold.ci.monorepo import Monorepo

QUIET = "COMMONHOLD_QUIET"
"""Set for sessions that run side by side: what they write goes to their logs alone."""

TAIL = 60
"""How many lines of a failing log are shown."""

MOST_TESTS = 10
"""How many of its failed tests are named."""

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Suite:
    """Sessions to run. ``jobs`` is how many side by side, ``auto`` for as many as the machine takes at once.

    ``advisory`` are those of them that hold up nobody; ``live``: they write to the terminal as they run.
    """

    noxfile: str
    sessions: tuple[str, ...]
    advisory: frozenset[str] = frozenset()
    jobs: str = "1"
    posargs: tuple[str, ...] = ()
    live: bool = False


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What became of a suite. ``missing`` are sessions that left no result, each with what nox said of it."""

    results: tuple[SessionResult, ...]
    missing: tuple[tuple[str, str], ...] = ()

    def bad(self) -> list[str]:
        """The sessions that failed, or that nobody knows of."""
        return [result.session for result in self.results if not result.good] + [name for name, _ in self.missing]


def run_suite(house: Monorepo, suite: Suite, say: Callable[[str], None]) -> int:
    """Run the sessions, tell how they are getting on and what failed, failing logs last.

    Returns 1 when a session failed that is not advisory, else 0.
    """
    _forget(house, suite)
    jobs = _parallel(suite, say)
    ended = _collect(house, suite, _run(house, suite, jobs, say))
    say("")
    for line in results_lines(ended.results, suite.advisory):
        say(line)
    for name, reason in ended.missing:
        say(f"{name}  did not run{' (advisory)' if name in suite.advisory else ''}: {reason}")
    bad = ended.bad()
    for name in bad:
        _show_log(house, name, say)
    counting = [name for name in bad if name not in suite.advisory]
    if bad:
        say("")
        say(_verdict(bad, counting))
    return 1 if counting else 0


def can_run_in_parallel() -> bool:
    """Whether the nox that is installed runs sessions side by side (``--parallel``)."""
    import nox

    return "allow_parallel" in inspect.signature(nox.session).parameters


def _parallel(suite: Suite, say: Callable[[str], None]) -> tuple[str, ...]:
    if suite.jobs == "1" or len(suite.sessions) == 1:
        return ()
    if can_run_in_parallel():
        return ("--parallel", suite.jobs)
    say("this nox runs sessions one after the other; one with --parallel (2026.10 or newer) is quicker")
    return ()


def _forget(house: Monorepo, suite: Suite) -> None:
    for session in suite.sessions:
        for path in (result_path(house.results, session), junit_path(house.results, session), house.log(session)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def _run(house: Monorepo, suite: Suite, jobs: Sequence[str], say: Callable[[str], None]) -> str:
    """Run nox; the path of its report."""
    report = os.path.join(os.path.dirname(house.results), "nox.json")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(report)
    argv = [sys.executable, "-m", "nox", "-f", suite.noxfile, *jobs, "--report", report, "-s", *suite.sessions]
    argv += ["--", *suite.posargs] if suite.posargs else []
    # A noxfile with a PEP 723 block was given its environment when it was first run: this one.
    env = {**os.environ, "NOX_SCRIPT_MODE": "none", **({} if suite.live else {QUIET: "1"})}
    # Set by the session that calls us; the sessions that it starts are not parts of it.
    env.pop("NOX_CURRENT_SESSION", None)
    with open(house.log("nox"), "wb") as log, _progress(house, suite, say):
        sinks = [log, sys.stdout.buffer] if suite.live else [log]
        stream(Command(tuple(argv), env, house.root), sinks, haste=GRACE)
    return report


@contextlib.contextmanager
def _progress(house: Monorepo, suite: Suite, say: Callable[[str], None]) -> Iterator[None]:
    """A line when a session starts and when it ends, seen by the files that it leaves."""
    watch = _Watch(house, suite, say)
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(_POLL):
            watch.look()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        watch.look()


class _Watch:
    def __init__(self, house: Monorepo, suite: Suite, say: Callable[[str], None]) -> None:
        self._house = house
        self._suite = suite
        self._say = say
        self._waiting = list(suite.sessions)
        self._running: list[str] = []
        self._done = 0

    def look(self) -> None:
        for name in [name for name in self._waiting if os.path.exists(self._house.log(name))]:
            self._waiting.remove(name)
            self._running.append(name)
            if not self._suite.live:
                self._say(f"{'':>{self._width}} {name} ...")
        for name in list(self._running):
            with contextlib.suppress(ToolError):
                self._finish(read_result(result_path(self._house.results, name)))

    def _finish(self, result: SessionResult) -> None:
        self._running.remove(result.session)
        self._done += 1
        count = f"[{self._done}/{len(self._suite.sessions)}]".rjust(self._width)
        advisory = ", advisory" if result.session in self._suite.advisory else ""
        self._say(f"{count} {result.session} {result.outcome} ({result.seconds:.0f} s{advisory})")

    @property
    def _width(self) -> int:
        return 2 * len(str(len(self._suite.sessions))) + 3


def _collect(house: Monorepo, suite: Suite, report: str) -> SuiteResult:
    said = _said(report)
    results: list[SessionResult] = []
    missing: list[tuple[str, str]] = []
    for name in suite.sessions:
        try:
            results.append(read_result(result_path(house.results, name)))
        except ToolError:  # noqa: PERF203 - each is a session that ended before it could say how
            missing.append((name, said.get(name) or f"see {os.path.relpath(house.log('nox'), house.root)}"))
    return SuiteResult(tuple(results), tuple(missing))


def _said(report: str) -> dict[str, str]:
    """What nox says of its sessions in the file of ``--report``; nothing when it did not get so far."""
    try:
        with open(report, "rb") as file:
            sessions = json.load(file)["sessions"]
        return {
            name: f"{entry['result']}: {entry.get('reason') or 'nox says no more'}"
            for entry in sessions
            for name in entry["signatures"]
        }
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _show_log(house: Monorepo, session: str, say: Callable[[str], None]) -> None:
    path = house.log(session)
    if not os.path.exists(path):
        path = house.log("nox")
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        lines = file.read().splitlines()
    place = os.path.relpath(path, house.root)
    say("")
    say(f"===== {session}: the last {min(TAIL, len(lines))} of {len(lines)} lines of {place}")
    for line in lines[-TAIL:]:
        say(_STYLE.sub("", line))
    failed = _failed_tests(house, session)
    if failed:
        say(f"failed in {session}: {', '.join(failed[:MOST_TESTS])}")
    if len(failed) > MOST_TESTS:
        say(f"… and {len(failed) - MOST_TESTS} more")


def _failed_tests(house: Monorepo, session: str) -> Sequence[str]:
    """The tests that did not pass, as far as a report tells: in the log, others may have run after them."""
    try:
        return failed_tests(read_report(junit_path(house.results, session)))
    except ToolError:
        return ()


def _verdict(bad: Collection[str], counting: Collection[str]) -> str:
    if not counting:
        return f"only advisory sessions failed ({len(bad)}), which hold up nobody"
    advisory = len(bad) - len(counting)
    beside = f", and {advisory} advisory beside" if advisory else ""
    return f"{len(counting)} session{'s' if len(counting) > 1 else ''} failed{beside}: {', '.join(counting)}"
