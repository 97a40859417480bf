"""Processes that are killed while they change an environment, and others that change it at the same time."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonhold_plugins.errors import RefusedError, RejectedError
from commonhold_plugins.installers.requests import PinnedRequirement
from commonhold_plugins.plan.apply import Applier, DamagedError, SilentReporter
from commonhold_plugins.state.receipts import EnvironmentState, PreviousVersion, Receipt
from commonhold_plugins.state.store import StateStore
from tests.client.installing.community import CORE, CORE_VERSION, Community, Session, make_environment, uv
from tests.support import package_index
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from commonhold_plugins.plan.model import Plan

APPLY = """
import json, sys
from commonhold_plugins.environments.target import read_environment
from commonhold_plugins.installers.choose import choose_installer
from commonhold_plugins.plan.apply import Applier, SilentReporter
from commonhold_plugins.plan.model import decode_plan
from commonhold_plugins.state.store import StateStore

plan = decode_plan(json.load(sys.stdin))
environment = read_environment(plan.python)
store = StateStore(plan.core, plan.prefix)
with store.lock():
    Applier(store, choose_installer(environment), SilentReporter()).apply(plan, environment, store.read())
"""


@pytest.fixture
def session(community: Community, tmp_path: Path) -> Session:
    community.release("demo-base", "1.16.5")
    community.release("demo-spark", "1.16.5", "demo-base==1.16.5")
    session = Session(community, make_environment(tmp_path / "env"))
    session.install("spark")
    community.release("demo-base", "1.16.6")
    community.release("demo-spark", "1.16.6", "demo-base==1.16.6")
    return session


def repair(session: Session) -> None:
    with session.store.lock():
        Applier(session.store, session.installer, SilentReporter()).repair(session.environment, session.state)
    session.refresh()


def kill_while_applying(session: Session, plan: Plan, file: str) -> None:
    """Apply a plan in another process, which is killed while the installer waits for ``file``."""
    index = session.community.index
    index.faults[file] = package_index.waiting
    before = len(index.requests)
    process = subprocess.Popen([sys.executable, "-c", APPLY], stdin=subprocess.PIPE, start_new_session=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(plan.to_json()).encode())
    process.stdin.close()
    wait_until(lambda: any(file in path for path in index.requests[before:]))
    process.kill()
    process.wait()
    with open(f"{session.store.path}.lock", "ab") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the installer still runs, and holds the lock
    index.guard.set()
    index.faults.clear()


def test_a_killed_upgrade_is_repaired_by_the_next_command(session: Session) -> None:
    kill_while_applying(session, session.planner.upgrade(), "demo_spark-1.16.6-py3-none-any.whl")
    assert {each.name: each.version for each in session.state.unfinished} == {
        CORE: CORE_VERSION,
        "demo-base": "1.16.5",
        "demo-spark": "1.16.5",
    }
    repair(session)
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5"}
    assert session.state.unfinished == ()
    session.upgrade()
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.6", "demo-spark": "1.16.6"}


def test_a_half_installed_plugin_is_repaired(session: Session) -> None:
    unfinished = (PreviousVersion("demo-spark", "1.16.5", *_file(session.state.plugins["demo-spark"])),)
    session.store.write(replace(session.state, unfinished=unfinished))
    module = Path(session.environment.installed["demo-spark"].location).parent / "demo_spark/__init__.py"
    module.unlink()
    repair(session)
    assert module.exists()


@pytest.mark.parametrize("with_pip", [False, True])
def test_what_a_killed_installer_left_without_a_list_of_files_is_repaired(
    community: Community, tmp_path: Path, with_pip: bool
) -> None:
    community.release("demo-spark", "1.16.5")
    session = Session(community, make_environment(tmp_path / "env", with_pip=with_pip))
    session.install("spark")
    unfinished = PreviousVersion("demo-spark", "1.16.5", *_file(session.state.plugins["demo-spark"]))
    for previous, versions in ((unfinished, {"demo-spark": "1.16.5"}), (PreviousVersion("demo-spark"), {})):
        session.store.write(replace(session.state, unfinished=(previous,)))
        (Path(session.environment.installed["demo-spark"].location) / "RECORD").unlink()
        session.refresh()
        repair(session)
        assert session.versions() == {CORE: CORE_VERSION, **versions}


def test_a_repair_that_fails_can_be_repeated(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unfinished = (PreviousVersion("demo-spark", "1.16.5", *_file(session.state.plugins["demo-spark"])),)
    session.store.write(replace(session.state, unfinished=unfinished))
    uv("pip", "uninstall", "--python", session.python, "demo-spark")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty-cache"))
    session.refresh()
    session.community.index.faults["demo_spark-1.16.5-py3-none-any.whl"] = package_index.unavailable
    with pytest.raises(DamagedError):
        repair(session)
    assert session.state.unfinished == unfinished
    session.community.index.faults.clear()
    repair(session)
    assert session.versions()["demo-spark"] == "1.16.5"


def _file(receipt: Receipt) -> tuple[str | None, str | None]:
    return receipt.url, receipt.sha256


def test_ctrl_c_restores_the_previous_versions(session: Session) -> None:
    index = session.community.index
    plan = session.planner.upgrade()
    index.faults["demo_spark-1.16.6-py3-none-any.whl"] = package_index.waiting
    before = len(index.requests)
    process = subprocess.Popen([sys.executable, "-c", APPLY], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(json.dumps(plan.to_json()).encode())
    process.stdin.close()
    wait_until(lambda: any("demo_spark-1.16.6" in path for path in index.requests[before:]))
    process.send_signal(signal.SIGINT)
    index.guard.set()
    assert process.wait() != 0
    session.refresh()
    assert session.versions() == {CORE: CORE_VERSION, "demo-base": "1.16.5", "demo-spark": "1.16.5"}
    assert session.state.unfinished == ()


def test_a_plan_for_another_state_is_refused(session: Session) -> None:
    plan = session.planner.upgrade()
    uv("pip", "uninstall", "--python", session.python, "demo-spark")
    session.refresh()
    with pytest.raises(RefusedError, match="has changed since"):
        session.apply(plan)


def test_a_change_that_was_killed_is_not_forgotten(session: Session) -> None:
    plan = session.planner.upgrade()
    killed = replace(session.state, unfinished=(PreviousVersion("leaf", "1.0"),))
    session.store.write(killed)
    with pytest.raises(RefusedError, match="was interrupted"):
        session.apply(plan)
    assert session.state == killed


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["plugins"]["demo-spark"].update(url="https://x.example/${HOME}.whl"),
        lambda document: document["plugins"]["demo-spark"].update(url="https://user:secret@x.example/a.whl"),
        lambda document: document["plugins"]["demo-spark"].update(url="-r/etc/passwd"),
        lambda document: document["plugins"]["demo-spark"].update(sha256="0"),
        lambda document: document["plugins"]["demo-spark"].update(version="1 --pre"),
        lambda document: document["plugins"].update({"--index-url=x": {}}),
        lambda document: document.update(schema=2),
        lambda document: document.update(unfinished=[{"name": "x; y"}]),
    ],
)
def test_a_damaged_list_of_plugins_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change) -> None:
    monkeypatch.setenv("COMMONHOLD_PLUGINS_HOME", str(tmp_path))
    receipt = Receipt("demo-spark", "spark", "1.16.5", "official", url="https://x.example/a.whl", sha256="0" * 64)
    store = StateStore(CORE, "/env")
    store.write(EnvironmentState(CORE, CORE_VERSION, "/env", {receipt.name: receipt}))
    assert store.read() is not None
    document = json.loads(Path(store.path).read_text())
    change(document)
    Path(store.path).write_text(json.dumps(document))
    with pytest.raises(RejectedError, match="damaged") as caught:
        store.read()
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("name", "version", "url", "sha256"),
    [
        ("--pre", "1", None, None),
        ("a", "1 -r x", None, None),
        ("a", "1", "https://x.example/a.whl", None),
        ("a", "1", "https://x.example/a b.whl", "0" * 64),
        ("a", "1", "https://x.example/a.whl#sha256=1", "0" * 64),
        ("a", "1", "https://x.example/$HOME.whl", "0" * 64),
        ("a", "1", "http://x.example/a.whl", "0" * 64),
        ("a", "1", "git+https://x.example/a@main", None),
        ("a", "1", "git+ssh://x.example/a@" + "0" * 40, None),
        ("a", "1", "git+https://x.example/a@" + "0" * 40 + "#subdirectory=../..", None),
        ("a", "1", "https://x.example/a\n--pre", "0" * 64),
    ],
)
def test_no_value_of_an_index_becomes_an_option(name: str, version: str, url: str | None, sha256: str | None) -> None:
    with pytest.raises(RejectedError):
        PinnedRequirement(name, version, url, sha256)
