"""Kill publications, or inject random faults into them, then resume them: no file may be lost or uploaded twice.

``python -m tests.release.chaos --runs 300`` starts real index servers (devpi and pypiserver), each behind
mitmproxy. Each run publishes a few plugins with ``commonhold release publish`` in its own process, under a fault; then
``commonhold release resume`` runs without faults. After the first command, every event in the journal must be true;
after the second, the index must have exactly the planned files.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pypi_simple import NoSuchProjectError, PyPISimple

from commonhold.index.addresses import Address
from commonhold.release.model.journal_events import Built, Deferred, Uploaded, Uploading
from commonhold.release.model.state import replay_journal
from commonhold.release.model.store import Store, open_store
from tests.release import minimal_artifacts
from tests.release.indexes import PASSWORD, Server, devpi, free_port, pypiserver, python_with, running
from tests.support.processes import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COMMONHOLD = (sys.executable, "-c", "from commonhold.cli.__main__ import console_script; console_script()")
PROCESS_SECONDS = 5 * LIMIT
"""Seconds after which a process that is still running counts as hanging."""

FAKETIME = next(iter([*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]), None)


@dataclass(frozen=True)
class Fault:
    """A fault of a run: in its requests, its process, its disk, or its clock."""

    name: str
    proxy: Mapping[str, Any] | None = None
    kill: bool = False
    full: bool = False
    jump: str = ""


def draw(dice: random.Random) -> Fault:
    """Draw a random fault. Half of the runs are killed, some of them during another fault."""
    on = {"on": "upload", "first": dice.randrange(5), "times": 1}
    queries = {"on": "query", "first": dice.randrange(8), "times": dice.choice([1, 2, 50])}
    proxies = {
        "503 once": {**on, "what": "answer", "status": 503},
        "503 for long": {**on, "what": "answer", "status": 503, "times": 1000},
        "503 after storing": {**on, "what": "failed-after", "times": dice.choice([1, 1000])},
        "429 with Retry-After": {**on, "what": "answer", "status": 429, "headers": {"Retry-After": "1"}},
        "429 for an hour": {**on, "what": "answer", "status": 429, "headers": {"Retry-After": "3600"}},
        "cut before the body": {**on, "what": "cut-before", "times": dice.choice([1, 3])},
        "cut during the body": {**on, "what": "cut-during", "times": dice.choice([1, 3])},
        "cut after the body": {**on, "what": "cut-after", "times": dice.choice([1, 3])},
        "acknowledgement lost": {**on, "what": "lost", "times": dice.choice([1, 2, 1000])},
        "slow response": {**on, "what": "slow", "seconds": dice.uniform(0.5, 2)},
        "hanging": {**on, "what": "hang", "seconds": 8},
        "response too slow": {**on, "what": "slow", "seconds": 8},
        "wrong hashes served": {**queries, "what": "wrong"},
        "queries fail": {**queries, "what": "answer", "status": 503},
        "queries are cut": {**queries, "what": "cut-after"},
    }
    others = [Fault("disk full", full=True), Fault("disk full", full=True)]
    others += [Fault("clock jump", jump=jump) for jump in ("+400d", "-400d")] if FAKETIME else []
    if dice.random() < 0.4:
        return Fault("killed", kill=True)
    chosen = dice.choice([*(Fault(name, proxy) for name, proxy in proxies.items()), *others])
    if dice.random() < 0.2:
        return replace(chosen, name=f"killed during: {chosen.name}", kill=True)
    return chosen


@dataclass(frozen=True)
class Target:
    """A server behind its proxy; ``index`` returns an index for a run that has none of its projects yet."""

    name: str
    proxy: str
    index: Callable[[str], Server]


@dataclass(frozen=True)
class Bench:
    """The folder and servers of the runs."""

    folder: Path
    targets: tuple[Target, ...]


@contextlib.contextmanager
def bench(folder: Path, *, with_devpi: bool) -> Iterator[Bench]:
    """Run servers and proxies until the end of the block."""
    with contextlib.ExitStack() as stack:
        second = stack.enter_context(pypiserver(folder / "pypiserver"))
        targets = [Target("pypiserver", stack.enter_context(_proxy(folder, second.base)), lambda _run: second)]
        if with_devpi:
            first = stack.enter_context(devpi(folder / "devpi"))
            targets.insert(0, Target("devpi", stack.enter_context(_proxy(folder, first.base)), first.make_index))
        yield Bench(folder, tuple(targets))


@contextlib.contextmanager
def _proxy(folder: Path, base: str) -> Iterator[str]:
    port = free_port()
    program = os.path.join(os.path.dirname(python_with("mitmproxy")), "mitmdump")
    words = [program, "--quiet", "--mode", f"reverse:{base}", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    words += ["--set", f"confdir={folder / 'mitmproxy'}", "-s", str(Path(__file__).with_name("chaos_proxy.py"))]
    (folder / "faults").mkdir(exist_ok=True)
    with running(["env", f"CHAOS={folder / 'faults'}", *words], folder / "proxy.log", f"http://127.0.0.1:{port}/up/"):
        yield f"http://127.0.0.1:{port}"


class BrokenError(Exception):
    """A run lost a file, uploaded one twice, or printed a secret."""


class Run:
    """One publication under a fault, and its resumption."""

    def __init__(self, bench: Bench, number: int, seed: int) -> None:
        self.dice = random.Random(f"{seed}/{number}")
        self.name = f"run{number}"
        target = self.dice.choice(bench.targets)
        self.target = target.name
        self.server = target.index(self.name)
        self.fault = draw(self.dice)
        self.folder = bench.folder / self.name
        self.faults = bench.folder / "faults" / self.name
        base = self.server.address.upload.removeprefix(self.server.base)
        simple = self.server.address.simple.removeprefix(self.server.base)
        self.address = Address(f"{target.proxy}/{self.name}{base}", f"{target.proxy}/{self.name}{simple}")
        self.store = self._make_store()
        self.was_interrupted = False

    def __str__(self) -> str:
        return f"{self.name} on {self.target}: {self.fault.name}"

    def _make_store(self) -> Store:
        a, b, c, d = (f"{self.name}-{letter}" for letter in "abcd")
        plugins = [minimal_artifacts.planned(a), minimal_artifacts.planned(b, a), minimal_artifacts.planned(c, b)][
            : self.dice.randint(1, 3)
        ]
        plugins += [minimal_artifacts.planned(d)] if self.dice.random() < 0.5 else []
        plan = minimal_artifacts.plan_of(*plugins, index=self.address.upload)
        return minimal_artifacts.make(self.folder / "store", plan, sdists=self.dice.random() < 0.5)

    def go(self) -> None:
        """Publish under the fault, resume without it, and check the result. Raises ``BrokenError``."""
        if self.fault.proxy is not None:
            self.faults.write_text(json.dumps(self.fault.proxy))
        code, output = self._publish()
        self.was_interrupted = code != 0
        self._check_output(code, output)
        self._check_journal(complete=code == 0)
        self.faults.unlink(missing_ok=True)
        code, output = self._run("resume", "--wait", "0", "--timeout", "30")
        self._check_output(code, output)
        if code != 0:
            raise BrokenError(f"resuming ended with {code}: {output}")
        self._check_journal(complete=True)
        shutil.rmtree(self.folder)

    def _publish(self) -> tuple[int, str]:
        return self._run("publish", "--timeout", "3", "--patience", "2", "--jobs", "2", fault=self.fault)

    def _run(self, *words: str, fault: Fault | None = None) -> tuple[int, str]:
        journal = Path(self.store.journal.path)
        limit = journal.stat().st_size + self.dice.randrange(1, 1500) if fault and fault.full else None
        store_arguments = ["--store", self.store.folder, "--to", self.address.upload, "--simple", self.address.simple]
        process = subprocess.Popen(
            [*COMMONHOLD, "release", *words, *store_arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.server.environ(), **self._clock(fault)},
        )
        if limit is not None:
            # Simulates a full disk for one process: only its journal grows beyond this size.
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        try:
            self._disturb(process, fault)
            output, _ = process.communicate(timeout=PROCESS_SECONDS)
        except subprocess.TimeoutExpired:
            raise BrokenError(f"{words[0]} hangs") from None
        finally:
            process.kill()
            process.communicate()
        return process.returncode, output.decode(errors="replace")

    def _clock(self, fault: Fault | None) -> dict[str, str]:
        """Variables with which the time of day, and no other clock, jumps when a file changes."""
        if fault is None or not fault.jump:
            return {}
        file = self.folder / "clock"
        file.write_text("+0")
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def _disturb(self, process: subprocess.Popen[bytes], fault: Fault | None) -> None:
        """Kill the process or change its clock, after a number of journal lines or at a random time."""
        if fault is None or not (fault.kill or fault.jump):
            return
        journal = Path(self.store.journal.path)
        lines = journal.read_bytes().count(b"\n") + self.dice.randrange(14)
        last = time.monotonic() + (self.dice.uniform(0, 3) if self.dice.random() < 0.3 else 30)
        while process.poll() is None and time.monotonic() < last and journal.read_bytes().count(b"\n") < lines:
            time.sleep(0.005)
        time.sleep(self.dice.uniform(0, 0.04))
        if fault.jump:
            (self.folder / "clock").write_text(fault.jump)
        if fault.kill:
            process.send_signal(signal.SIGKILL)

    def _check_output(self, code: int, output: str) -> None:
        journal = Path(self.store.journal.path).read_text(errors="replace")
        if PASSWORD in output or PASSWORD in journal:
            raise BrokenError(f"the password was printed: {output}")
        if "Traceback" in output or code not in (0, 1, 4, 5, -signal.SIGKILL):
            raise BrokenError(f"exit code {code}: {output}")

    def _check_journal(self, *, complete: bool) -> None:
        """Check that the index has every file that the journal lists; if ``complete``, exactly the planned files."""
        events = list(open_store(self.store.folder).journal.read())
        uploaded: dict[str, dict[str, str]] = {plugin.name: {} for plugin in self.store.plan.plugins}
        started: set[str] = set()
        deferred: set[str] = set()
        for event in events:
            if isinstance(event, Uploading):
                # A deferred file may be on the index nevertheless, so its dependents may be uploaded.
                needs = {*self.store.plan.plugin(event.plugin).needs} - deferred
                self._check(
                    all(uploaded[need] for need in needs), f"{event.file} started before its dependencies were uploaded"
                )
                started.add(event.file)
            elif isinstance(event, Deferred):
                deferred.add(event.plugin)
            elif isinstance(event, Uploaded):
                self._check(event.already or event.file in started, f"{event.file} is uploaded but was never started")
                uploaded[event.plugin][event.file] = event.sha256
        on_index = {name: self._download(name) for name in uploaded}
        for name, files in uploaded.items():
            self._check(
                files.items() <= on_index[name].items(),
                f"the journal lists {files}, but the index has {on_index[name]}",
            )
        built = Counter(event.plugin for event in events if isinstance(event, Built))
        self._check(set(built.values()) == {1}, f"built more than once: {built}")
        if complete:
            state = replay_journal(self.store.plan, events)
            planned = {name: {f.name: f.sha256 for f in each.files} for name, each in state.plugins.items()}
            self._check(on_index == planned, f"the index has {on_index}, but the plan is {planned}")
            self._check(not state.left, f"the journal still lists unfinished plugins: {state.left}")

    def _download(self, name: str) -> dict[str, str]:
        """Download the files of a project from the server itself, and hash them."""
        with PyPISimple(self.server.address.simple) as client:
            try:
                page = client.get_project_page(name, timeout=PROCESS_SECONDS)
            except NoSuchProjectError:
                return {}
            return {
                package.filename: hashlib.sha256(client.s.get(package.url, timeout=PROCESS_SECONDS).content).hexdigest()
                for package in page.packages
            }

    def _check(self, is_true: bool, why: str) -> None:
        if not is_true:
            raise BrokenError(why)


@dataclass(frozen=True)
class Report:
    """The number of runs per fault, the failed runs, and the runs that had to be resumed."""

    runs: Counter[str]
    failures: list[str]
    interrupted: list[str]


def run_all(bench: Bench, runs: int, seed: int, jobs: int, seconds: float) -> Report:
    """Run a number of publications, several at a time; start no more after ``seconds``."""
    report = Report(Counter(), [], [])
    lock = threading.Lock()
    end = time.monotonic() + seconds

    def run_one(number: int) -> None:
        if time.monotonic() > end:
            return
        run = Run(bench, number, seed)
        try:
            run.go()
        except Exception as error:  # noqa: BLE001 - the other runs continue after any error
            with lock:
                report.failures.append(f"{run}: {type(error).__name__}: {error}; see {run.folder}")
                print(report.failures[-1], flush=True)  # noqa: T201
        with lock:
            report.runs[f"{run.target}: {run.fault.name}"] += 1
            report.interrupted.extend([run.name] if run.was_interrupted else [])
            if report.runs.total() % 25 == 0:
                print(f"{report.runs.total()} runs, {len(report.failures)} failures", flush=True)  # noqa: T201

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run_one, range(runs)))
    return report


def main() -> int:
    """Run from the command line; return 0 if every requested run was made and succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=320)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--minutes", type=float, default=40)
    options = parser.parse_args()
    # SIGTERM must stop the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"seed {options.seed}, in {folder}", flush=True)  # noqa: T201
    if FAKETIME is None:
        print("SKIPPED: clock jumps, because faketime is not installed", flush=True)  # noqa: T201
    started = time.monotonic()
    with bench(folder, with_devpi=True) as started_bench:
        report = run_all(started_bench, options.runs, options.seed, options.jobs, options.minutes * 60)
    for name, count in sorted(report.runs.items()):
        print(f"{count:5}  {name}")  # noqa: T201
    total = report.runs.total()
    print(  # noqa: T201
        f"{total} runs, of which {len(report.interrupted)} were interrupted and resumed; "
        f"{len(report.failures)} failures; {time.monotonic() - started:.0f} s, seed {options.seed}"
    )
    if report.failures:
        return 1
    shutil.rmtree(folder)
    return 0 if total == options.runs else 1


if __name__ == "__main__":
    sys.exit(main())
