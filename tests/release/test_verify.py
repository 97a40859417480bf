"""Verification of a release: what is retried, what is awaited, and the core that plugins are resolved with."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from commonhold.release.model.journal_events import IndexSelected, NotVerified, Uploaded, Verified
from commonhold.release.model.reporter import SilentReporter
from commonhold.release.verify.plugin_check import VerificationProblem
from commonhold.release.verify.verification import verify
from tests.release import minimal_artifacts
from tests.release.indexes import pypiserver
from tests.release.test_publish_cli import COMMONHOLD
from tests.support.processes import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from commonhold.index.addresses import Address
    from commonhold.release.model.journal_events import Event
    from commonhold.release.model.plan import PlannedDistribution, ReleasePlan
    from commonhold.release.model.store import Store
    from tests.release.indexes import Server

LATE = VerificationProblem("the index does not list it", may_pass=True)
SILENT = VerificationProblem("cannot read the project", may_pass=True, unreachable=True)
BROKEN = VerificationProblem("it does not resolve")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path_factory.mktemp("index") / "pypiserver"
    with pypiserver(folder) as server:
        yield server, folder / "packages"


@pytest.fixture
def address(server: tuple[Server, Path]) -> Address:
    return server[0].address


@pytest.fixture
def packages(server: tuple[Server, Path]) -> Path:
    """The folder with the files of the index, which has none yet."""
    for file in server[1].iterdir():
        file.unlink()
    return server[1]


def upload(store: Store, packages: Path, address: Address, *names: str) -> None:
    """Put the files of these plugins, by default all, on the index, and record this in the journal."""
    store.journal.append(IndexSelected(index=address.upload, simple=address.simple))
    for name, state in store.state().plugins.items():
        if not names or name in names:
            for file in state.files:
                (packages / file.name).write_bytes(store.read(name, file))
                store.journal.append(Uploaded(plugin=name, file=file.name, sha256=file.sha256))


def results(store: Store) -> list[tuple[str, str]]:
    events = (event for event in store.journal.read() if isinstance(event, Verified | NotVerified))
    return [(event.plugin, getattr(event, "why", "")) for event in events]


class ScriptedResolver:
    """Returns the next problem of each plugin; the last one again and again. Counts the checks."""

    def __init__(self, problems: Mapping[str, list[VerificationProblem | None]]) -> None:
        self._problems = problems
        self.checks: list[str] = []

    def check(self, plugin: PlannedDistribution, _python: str | None) -> VerificationProblem | None:
        self.checks.append(plugin.name)
        left = self._problems.get(plugin.name, [None])
        return left.pop(0) if len(left) > 1 else left[0]


class RecordingReporter(SilentReporter):
    """Keeps the results and what is awaited, in order."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.until: datetime | None = None

    def recorded(self, event: Event) -> None:
        self.calls.append(getattr(event, "plugin", ""))

    def waiting(self, plugins: Mapping[str, str], until: datetime) -> None:
        self.calls.append(dict(plugins))
        self.until = until


@pytest.fixture
def store(tmp_path, packages, address) -> Store:
    """A release of nine plugins, all uploaded."""
    plugins = [minimal_artifacts.planned(f"x-{letter}") for letter in "abcdefghi"]
    store = minimal_artifacts.make(tmp_path / "store", minimal_artifacts.plan_of(*plugins), sdists=False)
    upload(store, packages, address)
    return store


def test_plugins_that_are_awaited_do_not_delay_other_results(store, address):
    """More plugins wait than are verified at the same time."""
    awaited = {f"x-{letter}": LATE.why for letter in "abcde"}
    reporter = RecordingReporter()

    class Resolver:
        def check(self, plugin: PlannedDistribution, _python: str | None) -> VerificationProblem | None:
            return LATE if plugin.name in awaited and reporter.until is None else None

    before = datetime.now(timezone.utc)
    verify(store, address, Resolver(), reporter, wait=LIMIT)
    place = reporter.calls.index(awaited)
    assert {*reporter.calls[:place]} == {"x-f", "x-g", "x-h", "x-i"}
    assert {*reporter.calls[place + 1 :]} == {*awaited}
    assert reporter.until is not None
    assert timedelta(seconds=LIMIT) <= reporter.until - before < timedelta(seconds=2 * LIMIT)
    assert [why for _, why in results(store)] == [""] * 9


def test_only_what_time_can_fix_is_retried(store, address):
    resolver = ScriptedResolver({"x-a": [BROKEN], "x-b": [LATE, LATE, None], "x-c": [SILENT, BROKEN]})
    begun = time.monotonic()
    verification = verify(store, address, resolver, wait=600.0)
    assert time.monotonic() - begun < LIMIT
    assert verification.exit_code == 5
    assert {name: resolver.checks.count(name) for name in ("x-a", "x-b", "x-c", "x-d")} == {
        "x-a": 1,
        "x-b": 3,
        "x-c": 2,
        "x-d": 1,
    }
    assert {name: why for name, why in results(store) if why} == {"x-a": BROKEN.why, "x-c": BROKEN.why}


def test_the_last_check_is_at_the_end_of_the_wait(store, address):
    times: list[float] = []

    class Resolver:
        def check(self, plugin: PlannedDistribution, _python: str | None) -> VerificationProblem | None:
            times.append(time.monotonic())
            return LATE if plugin.name == "x-a" else None

    begun = time.monotonic()
    verify(store, address, Resolver(), wait=0.7)
    assert begun + 0.7 <= times[-1] < begun + LIMIT


def test_a_silent_index_is_left_alone_and_reported(store, address):
    resolver = ScriptedResolver({name: [SILENT] for name in store.state().plugins})
    reporter = RecordingReporter()
    assert verify(store, address, resolver, reporter, wait=0.6).exit_code == 5
    assert len(resolver.checks) <= 8  # of nine plugins, not even one check each
    awaited, *_ = reporter.calls
    assert isinstance(awaited, dict)
    assert {*awaited.values()} == {SILENT.why, "the index does not respond"}
    assert dict(results(store)).keys() == store.state().plugins.keys()


def test_an_index_that_responds_again_is_checked_again(store, address, monkeypatch):
    monkeypatch.setattr("commonhold.release.verify.verification.MAX_PAUSE", 0.1)
    resolver = ScriptedResolver({name: [SILENT, None] for name in store.state().plugins})
    assert verify(store, address, resolver, wait=600.0).exit_code == 0


def plan_with_core(*plugins: PlannedDistribution) -> ReleasePlan:
    return msgspec.structs.replace(minimal_artifacts.plan_of(*plugins), core="x-core")


def index_of(store: Store) -> str:
    used = store.state().address
    assert used is not None
    return used.upload


def run_verify(store: Store, wait: str, **environ: str) -> subprocess.CompletedProcess[str]:
    words = [*COMMONHOLD, "verify", "--store", store.folder, "--to", index_of(store), "--wait", wait]
    env = {**os.environ, **environ}
    return subprocess.run(words, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)


@pytest.fixture
def elsewhere(address: Address) -> str:
    """Another index, without the files of the release: uv's default."""
    return address.upload + "elsewhere/"


def test_the_core_is_taken_from_the_index_it_was_released_to(tmp_path, packages, address, elsewhere):
    """The core and its requirement are in the release; one plugin requires neither of them."""
    plan = plan_with_core(
        minimal_artifacts.planned("x-base"),
        minimal_artifacts.planned("x-core", "x-base"),
        minimal_artifacts.planned("x-a", "x-core"),
        minimal_artifacts.planned("x-free"),
    )
    store = minimal_artifacts.make(tmp_path / "store", plan)
    upload(store, packages, address)
    done = run_verify(store, "10m", UV_DEFAULT_INDEX=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_core_that_the_index_had_before_is_taken_from_there(tmp_path, packages, address, elsewhere):
    store = minimal_artifacts.make(tmp_path / "store", plan_with_core(minimal_artifacts.planned("x-free")))
    upload(store, packages, address)
    assert "x-core" in run_verify(store, "0.1s", UV_DEFAULT_INDEX=elsewhere).stdout
    name, data = minimal_artifacts.wheel(minimal_artifacts.planned("x-core"))
    (packages / name).write_bytes(data)
    assert run_verify(store, "10m", UV_DEFAULT_INDEX=elsewhere).returncode == 0


def test_a_plugin_is_verified_without_a_core_that_is_not_uploaded(tmp_path, packages, address, elsewhere):
    plan = plan_with_core(minimal_artifacts.planned("x-core"), minimal_artifacts.planned("x-free"))
    store = minimal_artifacts.make(tmp_path / "store", plan)
    upload(store, packages, address, "x-free")
    done = run_verify(store, "10m", UV_DEFAULT_INDEX=elsewhere)
    assert "1 of 2 plugins are verified" in done.stdout


def test_a_conflict_is_reported_at_once(tmp_path, packages, address, elsewhere):
    """Time does not change the requirements of a released file, so the ten minutes do not apply."""
    plan = minimal_artifacts.plan_of(
        minimal_artifacts.planned("x-a"), minimal_artifacts.planned("x-b", "x-a", pins={"x-a": "<1"})
    )
    store = minimal_artifacts.make(tmp_path / "store", plan)
    upload(store, packages, address)
    done = run_verify(store, "10m", UV_DEFAULT_INDEX=elsewhere)
    assert done.returncode == 5
    assert "x-b" in done.stdout
    assert "waiting" not in done.stderr


def test_each_result_is_printed_when_it_is_known(tmp_path, packages, address, elsewhere):
    plan = minimal_artifacts.plan_of(*(minimal_artifacts.planned(f"x-{letter}") for letter in "abc"))
    store = minimal_artifacts.make(tmp_path / "store", plan)
    upload(store, packages, address)
    hidden = packages / store.state().plugins["x-a"].files[0].name
    moved = hidden.rename(tmp_path / hidden.name)
    words = [*COMMONHOLD, "verify", "--store", store.folder, "--to", index_of(store)]
    env = {**os.environ, "UV_DEFAULT_INDEX": elsewhere}
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = [next(process.stderr).strip() for _ in range(5)]
        assert first[0] == "verifying: 3 plugins"
        assert sorted(first[1:3]) == ["x-b: verified", "x-c: verified"]
        assert first[3].startswith("waiting for 1 plugin until ")
        assert first[4] == f"x-a: the index does not list {hidden.name}"
        moved.rename(hidden)
        assert next(process.stderr).strip() == "x-a: verified"
        process.communicate(timeout=LIMIT)
    assert process.returncode == 0
