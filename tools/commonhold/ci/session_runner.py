"""Run several sessions in a child nox process, and report their progress and results."""

from __future__ import annotations

import contextlib
import inspect
import os
import re
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.agreement import MOST_BYTES, NOX_REPORT, disagreement, read_nox_report
from commonhold.ci.checkout import used_paths
from commonhold.ci.junit import failed_tests, read_report
from commonhold.ci.results import SessionResult, junit_path, read_result, result_path
from commonhold.ci.snapshot import SNAPSHOT, take_snapshot
from commonhold.ci.step_summary import results_lines
from commonhold.effects.files import read_untrusted, write_atomically
from commonhold.effects.process import Command
from commonhold.effects.process.run import GRACE, stream
from commonhold.errors import ToolError
from commonhold.text import and_more, count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from commonhold.ci.monorepo import Monorepo

QUIET = "COMMONHOLD_QUIET"
"""The environment variable that makes parallel sessions write only to their logs."""

QUICK_START = "COMMONHOLD_QUICK_START"
"""The environment variable that makes sessions run quick starts, ``offline`` or ``network``, instead of tests."""

WITH_NETWORK = "network"

TAIL = 60
"""The number of lines to show from a failed session's log."""

MOST_TESTS = 10
"""The number of failed tests to list for a session."""

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
# A shorter interval would not help readers and would take processor time from the sessions.
_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Suite:
    """Sessions to run. ``jobs`` is the number of parallel sessions, or ``auto`` to let nox choose.

    Failed ``advisory`` sessions do not change the exit code. If ``live``, sessions write to the terminal while they
    run. If ``quiet``, only the results are printed, not the progress. If ``fresh``, sessions do not reuse environments.
    If ``quick_starts`` is not empty, the sessions run quick starts instead of tests: ``offline`` or ``network``.
    """

    noxfile: str
    sessions: tuple[str, ...]
    advisory: frozenset[str] = frozenset()
    jobs: str = "1"
    posargs: tuple[str, ...] = ()
    live: bool = False
    quiet: bool = False
    fresh: bool = False
    quick_starts: str = ""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """The results of a suite. ``missing`` are sessions without an accepted result, each with its state and a reason."""

    results: tuple[SessionResult, ...]
    missing: tuple[tuple[str, str, str], ...] = ()

    def bad(self) -> list[str]:
        """List the sessions that failed or left no result."""
        return [result.session for result in self.results if not result.good] + [name for name, *_ in self.missing]


def run_suite(monorepo: Monorepo, suite: Suite, write_line: Callable[[str], None]) -> int:
    """Run the sessions; report their progress, then their results, then the logs of failed sessions.

    Returns 1 if a required session failed, else 0.
    """
    _forget(monorepo, suite)
    jobs = _parallel(suite, write_line)
    _run(monorepo, suite, jobs, write_line)
    result = _collect(monorepo, suite)
    if not suite.quiet:
        write_line("")
    for line in results_lines(result.results, suite.advisory):
        write_line(line)
    for name, state, reason in result.missing:
        write_line(f"{name}  {state}{' (advisory)' if name in suite.advisory else ''}: {reason}")
    bad = result.bad()
    for name in bad:
        _show_log(monorepo, name, write_line)
    required = [name for name in bad if name not in suite.advisory]
    if bad:
        write_line("")
        write_line(_verdict(bad, required))
    return 1 if required else 0


def can_run_in_parallel() -> bool:
    """Return whether the installed nox can run sessions in parallel (``--parallel``)."""
    # Check the signature, because the version of a development build does not identify its features.
    import nox

    return "allow_parallel" in inspect.signature(nox.session).parameters


def _parallel(suite: Suite, write_line: Callable[[str], None]) -> tuple[str, ...]:
    if suite.jobs == "1" or len(suite.sessions) == 1:
        return ()
    if can_run_in_parallel():
        return ("--parallel", suite.jobs)
    write_line("the installed nox runs sessions one at a time; upgrade to nox 2026.10 or newer to run them in parallel")
    return ()


def _forget(monorepo: Monorepo, suite: Suite) -> None:
    # If a session crashes before it writes a result, an old result must not be mistaken for its own.
    for session in suite.sessions:
        for path in (
            result_path(monorepo.results, session),
            junit_path(monorepo.results, session),
            monorepo.log(session),
        ):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


# `python -m nox` would run a file `nox.py` at the root of the repository, and Python 3.10 has no -P.
_NOX = (
    "import sys; sys.path[:] = filter(None, sys.path)\n"
    "import runpy; runpy.run_module('nox', run_name='__main__', alter_sys=True)"
)


def _run(monorepo: Monorepo, suite: Suite, jobs: Sequence[str], write_line: Callable[[str], None]) -> None:
    """Run nox, and write its report to the results folder."""
    # Sessions could write to the results folder. If nox does not end normally, their file must not count as its report.
    with tempfile.TemporaryDirectory(prefix="commonhold-") as private:
        report = os.path.join(private, NOX_REPORT)
        _run_nox(monorepo, suite, (*jobs, "--report", report), write_line)
        try:
            data = read_untrusted(report, MOST_BYTES)
        except (OSError, ToolError):  # nox ended before it wrote the report
            data = b"{}"
    write_atomically(os.path.join(monorepo.results, NOX_REPORT), data)


def _run_nox(monorepo: Monorepo, suite: Suite, options: Sequence[str], write_line: Callable[[str], None]) -> None:
    argv = [sys.executable, "-c", _NOX, "-f", suite.noxfile, *options]
    argv += ["--reuse-venv", "never"] if suite.fresh else []
    argv += ["-s", *suite.sessions]
    argv += ["--", *suite.posargs] if suite.posargs else []
    # If the noxfile has a PEP 723 block, this process already runs in the environment that the block describes.
    env = {**os.environ, "NOX_SCRIPT_MODE": "none", QUICK_START: suite.quick_starts}
    env.update({} if suite.live else {QUIET: "1"})
    # nox sets this variable in the calling session, but the new sessions are not part of that session.
    env.pop("NOX_CURRENT_SESSION", None)
    # The tests of a session could change the working tree before the next session copies it.
    root, tree, paths = monorepo.repository.root, monorepo.tree, used_paths(monorepo.workspace, monorepo.tree)
    snapshot = take_snapshot(root, tree, paths) if len(suite.sessions) > 1 else contextlib.nullcontext("")
    with snapshot as env[SNAPSHOT], monorepo.open_log("nox") as log, _progress(monorepo, suite, write_line):
        sinks = [log, sys.stdout.buffer] if suite.live else [log]
        # Ignore nox's exit code, which is 1 even if only advisory sessions fail; the result files are used instead.
        stream(Command(tuple(argv), env, monorepo.root), sinks, haste=GRACE)


@contextlib.contextmanager
def _progress(monorepo: Monorepo, suite: Suite, write_line: Callable[[str], None]) -> Iterator[None]:
    """Watch the files of the sessions; print a line when a session starts and when it ends."""
    if suite.quiet:
        yield
        return
    watch = _Watch(monorepo, suite, write_line)
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(_POLL):
            watch.look()

    # Parallel sessions write only to their logs, so their files are the only source of progress information.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        watch.look()


class _Watch:
    def __init__(self, monorepo: Monorepo, suite: Suite, write_line: Callable[[str], None]) -> None:
        self._monorepo = monorepo
        self._suite = suite
        self._write_line = write_line
        self._waiting = list(suite.sessions)
        self._running: list[str] = []
        self._done = 0

    def look(self) -> None:
        for name in [name for name in self._waiting if os.path.exists(self._monorepo.log(name))]:
            self._waiting.remove(name)
            self._running.append(name)
            if not self._suite.live:
                self._write_line(f"{'':>{self._width}} {name} ...")
        for name in list(self._running):
            with contextlib.suppress(ToolError):  # no result yet
                self._finish(read_result(result_path(self._monorepo.results, name)))

    def _finish(self, result: SessionResult) -> None:
        self._running.remove(result.session)
        self._done += 1
        number = f"[{self._done}/{len(self._suite.sessions)}]".rjust(self._width)
        advisory = ", advisory" if result.session in self._suite.advisory else ""
        self._write_line(f"{number} {result.session} {result.outcome} ({result.seconds:.0f} s{advisory})")

    @property
    def _width(self) -> int:
        return 2 * len(str(len(self._suite.sessions))) + 3


def _collect(monorepo: Monorepo, suite: Suite) -> SuiteResult:
    """Read the results, and count a session as failed if nox's report or its JUnit file does not agree with it."""
    reported = read_nox_report(os.path.join(monorepo.results, NOX_REPORT))
    results: list[SessionResult] = []
    missing: list[tuple[str, str, str]] = []
    for name in suite.sessions:
        try:
            result = read_result(result_path(monorepo.results, name))
        except ToolError:
            found = reported.get(name)
            log = f"see {os.path.relpath(monorepo.log('nox'), monorepo.root)}"
            missing.append((name, "did not run", f"{found.outcome}: {found.reason}" if found else log))
            continue
        problem = disagreement(monorepo.results, result, reported)
        if problem is None:
            results.append(result)
        else:
            missing.append((name, "is not accepted", problem))
    return SuiteResult(tuple(results), tuple(missing))


def _show_log(monorepo: Monorepo, session: str, write_line: Callable[[str], None]) -> None:
    path = monorepo.log(session)
    if not os.path.isfile(path):
        path = monorepo.log("nox")  # the session failed before it started, so the error is in nox's own log
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        lines = file.read().splitlines()
    place = os.path.relpath(path, monorepo.root)
    write_line("")
    write_line(f"===== {session}: the last {min(TAIL, len(lines))} of {len(lines)} lines of {place}")
    for line in lines[-TAIL:]:
        write_line(_STYLE.sub("", line))
    failed = _failed_tests(monorepo, session)
    if failed:
        write_line(f"failed in {session}: {', '.join(failed[:MOST_TESTS])}")
    if len(failed) > MOST_TESTS:
        write_line(f"…{and_more(len(failed), MOST_TESTS)}")


def _failed_tests(monorepo: Monorepo, session: str) -> Sequence[str]:
    """Read a session's failed tests from its report, because the displayed end of the log may not contain them."""
    try:
        return failed_tests(read_report(junit_path(monorepo.results, session)))
    except ToolError:
        return ()


def _verdict(bad: Collection[str], required: Collection[str]) -> str:
    if not required:
        return f"only advisory sessions failed ({len(bad)}), which do not block"
    advisory = len(bad) - len(required)
    also = f", and {advisory} advisory" if advisory else ""
    return f"{count(len(required), 'session')} failed{also}: {', '.join(required)}"
