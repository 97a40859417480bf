"""Nothing lost, nothing twice: publications that are killed or hit by a fault at random, and then resumed.

``python -m tests.release.chaos --runs 300`` starts real index servers (devpi and pypiserver), each behind
mitmproxy. Each run publishes a few plugins with ``commonhold release publish`` in a process of its own, while
something happens to it; then ``commonhold release resume`` goes on without faults. After the first, the journal
may say nothing that is not true; after the second, the index holds exactly what was planned.
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COMMONHOLD = (sys.executable, "-c", "from commonhold.cli.__main__ import console_script; console_script()")
ENOUGH = 120.0
"""Seconds after which a process that has not ended hangs."""

FAKETIME = next(iter([*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]), None)


@dataclass(frozen=True)
class Fault:
    """What happens to a run: to its requests, to its process, to its disk, or to its clock."""

    name: str
    proxy: Mapping[str, Any] | None = None
    kill: bool = False
    full: bool = False
    jump: str = ""


def draw(dice: random.Random) -> Fault:
    """A fault at random; half of the runs are killed, some of these in the middle of another fault."""
    on = {"on": "upload", "first": dice.randrange(5), "times": 1}
    looks = {"on": "look", "first": dice.randrange(8), "times": dice.choice([1, 2, 50])}
    proxies = {
        "503 once": {**on, "what": "answer", "status": 503},
        "503 for long": {**on, "what": "answer", "status": 503, "times": 1000},
        "503 although it was taken": {**on, "what": "failed-after", "times": dice.choice([1, 1000])},
        "429 with Retry-After": {**on, "what": "answer", "status": 429, "headers": {"Retry-After": "1"}},
        "429 for an hour": {**on, "what": "answer", "status": 429, "headers": {"Retry-After": "3600"}},
        "cut before the body": {**on, "what": "cut-before", "times": dice.choice([1, 3])},
        "cut during the body": {**on, "what": "cut-during", "times": dice.choice([1, 3])},
        "cut after the body": {**on, "what": "cut-after", "times": dice.choice([1, 3])},
        "acknowledgement lost": {**on, "what": "lost", "times": dice.choice([1, 2, 1000])},
        "slow answer": {**on, "what": "slow", "seconds": dice.uniform(0.5, 2)},
        "hanging": {**on, "what": "hang", "seconds": 8},
        "answer too slow": {**on, "what": "slow", "seconds": 8},
        "wrong hashes served": {**looks, "what": "wrong"},
        "looking fails": {**looks, "what": "answer", "status": 503},
        "looking is cut": {**looks, "what": "cut-after"},
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
    """A server behind its proxy; ``index`` makes an index for a run, which holds nothing yet of that run's."""

    name: str
    proxy: str
    index: Callable[[str], Server]


@dataclass(frozen=True)
class Bench:
    """Where runs take place."""

    folder: Path
    targets: tuple[Target, ...]


@contextlib.contextmanager
def bench(folder: Path, *, with_devpi: bool) -> Iterator[Bench]:
    """Servers and proxies, up until the end of the block."""
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
    """A run that broke the promise."""


class Run:
    """One publication that something happens to, and its resumption."""

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
        """Publish under the fault, resume without, and look. Raises ``BrokenError``."""
        if self.fault.proxy is not None:
            self.faults.write_text(json.dumps(self.fault.proxy))
        code, said = self._publish()
        self.was_interrupted = code != 0
        self._check_words(code, said)
        self._check_journal(complete=code == 0)
        self.faults.unlink(missing_ok=True)
        code, said = self._run("resume", "--wait", "0", "--timeout", "30")
        self._check_words(code, said)
        if code != 0:
            raise BrokenError(f"resuming ended with {code}: {said}")
        self._check_journal(complete=True)
        shutil.rmtree(self.folder)

    def _publish(self) -> tuple[int, str]:
        return self._run("publish", "--timeout", "3", "--patience", "2", "--jobs", "2", fault=self.fault)

    def _run(self, *words: str, fault: Fault | None = None) -> tuple[int, str]:
        journal = Path(self.store.journal.path)
        limit = journal.stat().st_size + self.dice.randrange(1, 1500) if fault and fault.full else None
        where = ["--store", self.store.folder, "--to", self.address.upload, "--simple", self.address.simple]
        process = subprocess.Popen(
            [*COMMONHOLD, "release", *words, *where],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.server.environ(), **self._clock(fault)},
        )
        if limit is not None:
            # A full disk, for one process: the journal is the only file of it that grows beyond this.
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        try:
            self._meddle(process, fault)
            said, _ = process.communicate(timeout=ENOUGH)
        except subprocess.TimeoutExpired:
            raise BrokenError(f"{words[0]} hangs") from None
        finally:
            process.kill()
            process.communicate()
        return process.returncode, said.decode(errors="replace")

    def _clock(self, fault: Fault | None) -> dict[str, str]:
        """What makes the time of day jump, and nothing else, when a file is changed."""
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

    def _meddle(self, process: subprocess.Popen[bytes], fault: Fault | None) -> None:
        """Kill the process, or change its clock: after so many lines of the journal and a moment, or at any time."""
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

    def _check_words(self, code: int, said: str) -> None:
        journal = Path(self.store.journal.path).read_text(errors="replace")
        if PASSWORD in said or PASSWORD in journal:
            raise BrokenError(f"the password was told: {said}")
        if "Traceback" in said or code not in (0, 1, 4, 5, -signal.SIGKILL):
            raise BrokenError(f"exit code {code}: {said}")

    def _check_journal(self, *, complete: bool) -> None:
        """What the journal says is on the index is there; ``complete``: it is all of the plan, and nothing else is."""
        events = list(open_store(self.store.folder).journal.read())
        up: dict[str, dict[str, str]] = {plugin.name: {} for plugin in self.store.plan.plugins}
        begun: set[str] = set()
        left: set[str] = set()
        for event in events:
            if isinstance(event, Uploading):
                # What was left for later may be there nevertheless, and is asked for.
                needs = {*self.store.plan.plugin(event.plugin).needs} - left
                self._check(all(up[need] for need in needs), f"{event.file} began before what it needs was up")
                begun.add(event.file)
            elif isinstance(event, Deferred):
                left.add(event.plugin)
            elif isinstance(event, Uploaded):
                self._check(event.already or event.file in begun, f"{event.file} is up and was never begun")
                up[event.plugin][event.file] = event.sha256
        found = {name: self._served(name) for name in up}
        for name, files in up.items():
            self._check(files.items() <= found[name].items(), f"the journal says {files}, the index has {found[name]}")
        built = Counter(event.plugin for event in events if isinstance(event, Built))
        self._check(set(built.values()) == {1}, f"built more than once: {built}")
        if complete:
            state = replay_journal(self.store.plan, events)
            planned = {name: {f.name: f.sha256 for f in each.files} for name, each in state.plugins.items()}
            self._check(found == planned, f"the index has {found}, and planned was {planned}")
            self._check(not state.left, f"the journal says that these are left: {state.left}")

    def _served(self, name: str) -> dict[str, str]:
        """The files of a project on the server itself, with the hashes of the bytes that it serves."""
        with PyPISimple(self.server.address.simple) as client:
            try:
                page = client.get_project_page(name, timeout=ENOUGH)
            except NoSuchProjectError:
                return {}
            return {
                package.filename: hashlib.sha256(client.s.get(package.url, timeout=ENOUGH).content).hexdigest()
                for package in page.packages
            }

    def _check(self, holds: bool, why: str) -> None:
        if not holds:
            raise BrokenError(why)


@dataclass(frozen=True)
class Report:
    """How many runs of each fault there were, those that broke the promise, and those that had to be resumed."""

    runs: Counter[str]
    failures: list[str]
    interrupted: list[str]


def run_all(bench: Bench, runs: int, seed: int, jobs: int, seconds: float) -> Report:
    """Run so many, several at a time, and begin no more when the time is over."""
    report = Report(Counter(), [], [])
    lock = threading.Lock()
    end = time.monotonic() + seconds

    def one(number: int) -> None:
        if time.monotonic() > end:
            return
        run = Run(bench, number, seed)
        try:
            run.go()
        except Exception as error:  # noqa: BLE001 - whatever it was, the others go on
            with lock:
                report.failures.append(f"{run}: {type(error).__name__}: {error}; see {run.folder}")
                print(report.failures[-1], flush=True)  # noqa: T201
        with lock:
            report.runs[f"{run.target}: {run.fault.name}"] += 1
            report.interrupted.extend([run.name] if run.was_interrupted else [])
            if report.runs.total() % 25 == 0:
                print(f"{report.runs.total()} runs, {len(report.failures)} failures", flush=True)  # noqa: T201

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, range(runs)))
    return report


def main() -> int:
    """Run from the command line; 0 when the promise held in all runs, and there were as many as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=320)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--minutes", type=float, default=40)
    asked = parser.parse_args()
    # So that the servers end with this process, however it is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"seed {asked.seed}, in {folder}", flush=True)  # noqa: T201
    if FAKETIME is None:
        print("NOT TRIED: clock jumps, because faketime is not installed", flush=True)  # noqa: T201
    begun = time.monotonic()
    with bench(folder, with_devpi=True) as place:
        report = run_all(place, asked.runs, asked.seed, asked.jobs, asked.minutes * 60)
    for name, count in sorted(report.runs.items()):
        print(f"{count:5}  {name}")  # noqa: T201
    total = report.runs.total()
    print(  # noqa: T201
        f"{total} runs, of which {len(report.interrupted)} were left unfinished and resumed; "
        f"{len(report.failures)} failures; {time.monotonic() - begun:.0f} s, seed {asked.seed}"
    )
    if report.failures:
        return 1
    shutil.rmtree(folder)
    return 0 if total == asked.runs else 1


if __name__ == "__main__":
    sys.exit(main())
