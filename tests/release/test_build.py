"""Test whole builds with a scripted backend and with real ones."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from commonhold.release.model.journal_events import BuildFailed, Built
from commonhold.release.model.store import StoreError
from tests.release.fake_backend_repo import (
    BACKEND,
    IN_TREE_PROJECT,
    UV_CACHE,
    VERSION,
    RecordingReporter,
    artifacts,
    files_of,
    make_build_monorepo,
    project,
    recorded,
)
from tests.support.processes import is_alive, wait_until
from tests.support.repositories import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REAL = {
    "x-hatch": {
        "pyproject.toml": project("x-hatch", 'requires = ["hatchling>=1.27"]\nbuild-backend = "hatchling.build"'),
        "x_hatch/__init__.py": "",
    },
    "x-setup": {
        "pyproject.toml": project("x-setup", 'requires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"'),
        "x_setup/__init__.py": "",
        "x_setup/data.txt": "data\n",
        "MANIFEST.in": "include x_setup/data.txt\n",
    },
    "x-legacy": {"setup.py": "from setuptools import setup\nsetup(name='x-legacy', version='0', py_modules=['x_legacy'])\n",
                 "x_legacy.py": ""},
}  # fmt: skip


def test_real_backends_build_reproducible_sdists_and_wheels(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, REAL)
    monorepo.repo.write("plugins/x-hatch/x_hatch/not_committed.py")
    store = monorepo.store()

    result = monorepo.build(store, *REAL, prove=True)

    assert (sorted(result.built), result.failed) == (sorted(REAL), {})
    assert {event.plugin for event in store.journal.read() if isinstance(event, Built)} == {*REAL}
    for name in REAL:
        stem = f"{name.replace('-', '_')}-{VERSION}"
        assert sorted(files_of(store, name)) == [f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"]
    with zipfile.ZipFile(store.path("x-hatch", f"x_hatch-{VERSION}-py3-none-any.whl")) as wheel:
        assert [name for name in wheel.namelist() if name.startswith("x_hatch/")] == ["x_hatch/__init__.py"]
        assert f"Version: {VERSION}\n".encode() in wheel.read(f"x_hatch-{VERSION}.dist-info/METADATA")
    with tarfile.open(fileobj=io.BytesIO(files_of(store, "x-setup")[f"x_setup-{VERSION}.tar.gz"])) as sdist:
        assert {(member.mtime, member.uid, member.uname) for member in sdist.getmembers()} == {(EPOCH, 0, "")}


def test_plugins_with_equal_build_requirements_share_an_environment(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-a": "", "x-b": "", "x-c": ""})
    store, reporter = monorepo.store(), RecordingReporter()

    assert monorepo.build(store, reporter=reporter).failed == {}

    assert reporter.environments == [(BACKEND, f"x_backend-{VERSION}-py3-none-any.whl")]
    assert {*artifacts(store)} == {BACKEND, "x-a", "x-b", "x-c"}


def test_setup_requires_of_one_project_does_not_apply_to_another(tmp_path: Path) -> None:
    system = 'requires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"'
    missing = "x-missing @ file:///no/such/x_missing-1-py3-none-any.whl"
    asking = {
        "x-cfg": {"setup.cfg": f"[options]\nsetup_requires = {missing}\n"},
        "x-dash": {"setup.cfg": f"[options]\nSetup-Requires = {missing}\n"},
        "x-py": {"setup.py": f"from setuptools import setup\nsetup(setup_requires=[{missing!r}])\n"},
    }
    monorepo = make_build_monorepo(
        tmp_path,
        {
            name: {"pyproject.toml": project(name, system), "x_m.py": "", **asking.get(name, {})}
            for name in ("x-plain", "x-again", *asking)
        },
    )
    store = monorepo.store()

    assert {*monorepo.build(store, "x-plain", "x-again", *asking, jobs=1).failed} == {*asking}

    for name in asking:
        with open(store.log(name)) as log:
            assert "x_missing-1-py3-none-any.whl" in log.read()


def test_a_failed_build_keeps_its_log_and_fails_only_plugins_that_build_with_it(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(
        tmp_path,
        {"x-broken": "say hello\nfail", "x-behind": "", "x-fine": "", "x-needs": ""},
        **{"x-behind": {"builds_with": (BACKEND, "x-broken")}, "x-needs": {"needs": ("x-broken",)}},
    )
    store, reporter = monorepo.store(), RecordingReporter()

    result = monorepo.build(store, reporter=reporter)

    assert result.failed == {
        "x-broken": "the build failed",
        "x-behind": "its build requires x-broken, which could not be built",
    }
    assert {*artifacts(store)} == {BACKEND, "x-fine", "x-needs"}
    assert reporter.last["x-broken"][-1] == "RuntimeError: as ordered"
    failed = {event.plugin: event for event in store.journal.read() if isinstance(event, BuildFailed)}
    assert failed["x-broken"].log == "logs/x-broken.log"
    with open(os.path.join(store.folder, failed["x-broken"].log)) as log:
        assert "the backend says hello\n" in log.read()
    assert files_of(store, "x-broken") == {}


@pytest.mark.parametrize(
    ("orders", "why"),
    [
        ("crash", "the build failed"),
        ("leave", "the build failed"),
        ("call-it y-other", f"y_other-{VERSION}.tar.gz was built, but x-odd {VERSION} was planned"),
    ],
)
def test_a_failure_has_a_reason_and_the_next_plugin_is_built(tmp_path: Path, orders: str, why: str) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-odd": orders, "x-fine": ""})
    store = monorepo.store()

    result = monorepo.build(store, jobs=1)

    assert result.failed == {"x-odd": why}
    assert "x-fine" in artifacts(store)


class Clock:
    """A clock that stands still until a condition is met, however long a busy machine takes."""

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        self._is_ready = is_ready

    def monotonic(self) -> float:
        return 1.0e9 if self._is_ready() else 0.0


def test_a_build_that_times_out_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "pid"
    in_tree = {**IN_TREE_PROJECT, "orders.txt": f"say hello\nhang {tmp_path / 'pid2'}"}
    monorepo = make_build_monorepo(tmp_path, {"x-slow": f"hang {place}", "x-in-tree": in_tree})
    store = monorepo.store()
    assert monorepo.build(store, BACKEND).failed == {}

    places = (place, tmp_path / "pid2")
    clock = Clock(lambda: all(each.exists() and each.read_text() for each in places))
    monkeypatch.setattr("commonhold.release.builder.worker_pool.time", clock)
    reporter = RecordingReporter()
    result = monorepo.build(store, seconds=1.0, reporter=reporter)

    assert reporter.last["x-in-tree"][-1] == "the backend says hello"
    assert {*result.failed} == {"x-slow", "x-in-tree"}
    assert result.failed["x-slow"] == "the build timed out after 1 s"
    wait_until(lambda: not any(is_alive(int(each.read_text())) for each in places))


def test_in_tree_backends_and_further_requirements_get_their_own_environment(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(
        tmp_path,
        {
            "x-in-tree": {**IN_TREE_PROJECT, "orders.txt": "record"},
            "x-more": "record\nask iniconfig>=2",
            "x-had": f"record\nask {BACKEND}",
        },
    )
    store = monorepo.store()

    assert monorepo.build(store).failed == {}

    assert recorded(store, "x-more")["env"]["VIRTUAL_ENV"].endswith("wheel-environment")
    assert recorded(store, "x-in-tree")["env"]["VIRTUAL_ENV"].endswith("wheel-environment")
    assert "wheel-environment" not in recorded(store, "x-had")["env"]["VIRTUAL_ENV"]


def test_requirements_that_cannot_be_installed_fail_their_plugins(tmp_path: Path) -> None:
    missing = 'requires = ["x-missing @ file:///no/such/x_missing-1-py3-none-any.whl"]\nbuild-backend = "setuptools.build_meta"'
    absent = f'requires = ["{BACKEND}"]\nbuild-backend = "no_such_module"'
    monorepo = make_build_monorepo(
        tmp_path,
        {
            "x-a": {"pyproject.toml": project("x-a", missing)},
            "x-b": {"pyproject.toml": project("x-b", absent)},
            "x-c": {"pyproject.toml": "["},
            "x-d": {"pyproject.toml": project("x-d", "requires = 5")},
        },
    )
    store = monorepo.store()

    failed = monorepo.build(store).failed

    assert failed["x-a"] == "its build requirements cannot be installed"
    assert failed["x-b"].startswith("its build backend no_such_module cannot be imported: ModuleNotFoundError(")
    assert {*failed} == {"x-a", "x-b", "x-c", "x-d"}
    with open(store.log("x-b")) as log:
        assert "No module named 'no_such_module'" in log.read()
    with open(store.log("x-d")) as log:
        assert "`requires` must be an array of strings" in log.read()


def test_builds_see_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWINE_PASSWORD", "GITHUB_TOKEN", "UV_PUBLISH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "MY_KEY"):
        monkeypatch.setenv(name, "hunter2")
    monorepo = make_build_monorepo(
        tmp_path, {"x-shared": "record", "x-in-tree": {**IN_TREE_PROJECT, "orders.txt": "record"}}
    )
    store = monorepo.store()
    monorepo.build(store)

    for name in ("x-shared", "x-in-tree"):
        seen = recorded(store, name)["env"]
        assert "hunter2" not in seen.values()
        assert seen["SOURCE_DATE_EPOCH"] == str(EPOCH)
        assert seen["HOME"] != os.environ["HOME"]
        assert {*seen} <= {
            *("PATH", "VIRTUAL_ENV", "HOME", "TMPDIR", "LC_ALL", "TZ", "SOURCE_DATE_EPOCH", "PYTHONHASHSEED"),
            *("PYTHONNOUSERSITE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "_PYPROJECT_HOOKS_BUILD_BACKEND"),
            "_PYPROJECT_HOOKS_BACKEND_PATH_JSON",
        }


def test_prove_finds_a_plugin_that_is_not_reproducible(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-vary": "vary", "x-fine": ""})
    store = monorepo.store()

    result = monorepo.build(store, prove=True)

    assert result.failed == {
        "x-vary": f"it is not reproducible: x_vary-{VERSION}-py3-none-any.whl differs between two builds, in x_vary/recorded.json"
    }
    assert files_of(store, "x-vary") == {}
    assert {*result.built} == {BACKEND, "x-fine"}


def test_a_built_plugin_is_not_built_again_and_can_be_proven_later(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-vary": "vary", "x-fine": ""})
    store = monorepo.store()
    assert monorepo.build(store).failed == {}
    before = files_of(store, "x-vary")

    again = monorepo.build(store)
    assert (again.built, {*again.already}) == ((), {BACKEND, "x-vary", "x-fine"})
    assert {*monorepo.build(store, prove=True).failed} == {"x-vary"}
    assert files_of(store, "x-vary") == before


def test_a_changed_file_in_the_store_is_an_error(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-a": ""})
    store = monorepo.store()
    monorepo.build(store, BACKEND)
    place = store.path(BACKEND, artifacts(store)[BACKEND][0].name)
    os.chmod(place, 0o644)
    with open(place, "ab") as file:
        file.write(b"more")

    with pytest.raises(StoreError, match="is not the file that was built"):
        monorepo.build(store)


def test_files_that_a_killed_run_did_not_record_are_built_again(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {})
    store = monorepo.store()
    store.add(BACKEND, f"x_backend-{VERSION}.tar.gz", b"other bytes")

    assert monorepo.build(store).built == (BACKEND,)
    assert {*files_of(store, BACKEND)} == {artifact.name for artifact in artifacts(store)[BACKEND]}


def test_circular_build_requirements_fail(tmp_path: Path) -> None:
    both = {"x-a": {"builds_with": ("x-b",)}, "x-b": {"builds_with": ("x-a",)}}
    monorepo = make_build_monorepo(tmp_path, {"x-a": "", "x-b": ""}, **both)

    assert monorepo.build(monorepo.store()).failed == {
        "x-a": "circular build requirement with x-b",
        "x-b": "circular build requirement with x-a",
    }


def test_the_command_exits_with_1_and_its_builds_end_when_it_is_killed(
    tmp_path: Path,
) -> None:
    place = tmp_path / "pid"
    alone = {**IN_TREE_PROJECT, "orders.txt": f"hang {tmp_path / 'alone'}"}
    monorepo = make_build_monorepo(
        tmp_path, {"x-held": "fail", "x-slow": f"hang {place}", "x-in-tree": alone}, **{"x-slow": {"stops": True}}
    )
    store = monorepo.store()
    argv = [sys.executable, "-m", "commonhold.cli", "release", "build", "--store", store.folder]
    env = {**os.environ, "UV_CACHE_DIR": UV_CACHE.strip(), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(argv, cwd=monorepo.repo.root, env=env, stderr=subprocess.DEVNULL) as process:
        places = (place, tmp_path / "alone")
        wait_until(lambda: all(each.exists() and each.read_text() for each in places))
        process.kill()
    wait_until(lambda: not any(is_alive(int(each.read_text())) for each in places))

    # Enough for the plugin that fails at once, also on a busy machine: the other two are to time out.
    argv += ["--timeout", "0.25"]
    done = subprocess.run(argv, cwd=monorepo.repo.root, env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[0] == "1 of 4 plugins are built, 1 of them earlier"
    assert "RuntimeError: as ordered" in done.stderr
