"""Test hostile builds: each fails its own plugin and no other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process import Command
from commonhold.effects.process.run import GroupRunner, run
from commonhold.index.uv import find_uv
from commonhold.release.builder import build_steps as steps
from commonhold.release.builder.environments import EnvironmentFailedError, Installer
from commonhold.release.model.journal_events import BuildFailed
from tests.release.fake_backend_repo import (
    BACKEND,
    BY_PLUGIN,
    IN_TREE_PROJECT,
    SOURCE,
    VERSION,
    RecordingReporter,
    artifacts,
    files_of,
    make_build_monorepo,
    project,
)

if TYPE_CHECKING:
    from pathlib import Path

SDIST, WHEEL = f"x_odd-{VERSION}.tar.gz", f"x_odd-{VERSION}-py3-none-any.whl"
WRITE_RESULT = 'with open(os.path.join(out, "..", "result.json"), "w") as file: file.write({!r})\n'
MADE = WRITE_RESULT.format(f'{{"files": ["{SDIST}", "{WHEEL}"]}}')


def running(name: str, code: str) -> dict[str, str]:
    """Return a plugin that runs code when its wheel is built."""
    return {"pyproject.toml": project(name, BY_PLUGIN), "at_wheel.txt": code}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("os._exit(0)", "the build ended without a result"),
        (WRITE_RESULT.format("[]") + "os._exit(0)", "the build ended without a result"),
        (WRITE_RESULT.format('{"files": ["\\udc80", 5]}') + "os._exit(0)", "the build ended without a result"),
        (WRITE_RESULT.format('{"files": ["", "/etc/"]}') + "os._exit(0)", "was built instead of an sdist and a wheel"),
        (WRITE_RESULT.format(" " * 2**21) + "os._exit(0)", "the build ended without a result"),
        ("os.mkfifo(os.path.join(out, '..', 'result.json')); os._exit(0)", "the build ended without a result"),
        (f"{MADE}os.mkfifo(os.path.join(out, {WHEEL!r})); os._exit(0)", f"'{WHEEL}' is not a regular file"),
        (f"{MADE}os.symlink('/dev/zero', os.path.join(out, {WHEEL!r})); os._exit(0)", f"'{WHEEL}' is not a regular file"),
        (f"{MADE}os._exit(0)", "No such file or directory"),
        ("os.kill(os.getppid(), signal.SIGKILL)", "the build was killed by signal 9"),
        ("os.killpg(0, signal.SIGKILL)", "the build was killed by signal 9"),
    ],
)  # fmt: skip
def test_a_hostile_build_is_a_failure_of_its_plugin_only(tmp_path: Path, code: str, why: str) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-odd": running("x-odd", code), "x-fine": ""})
    store = monorepo.store()

    result = monorepo.build(store)

    assert {*result.failed} == {"x-odd"}
    assert why in result.failed["x-odd"]
    assert {*artifacts(store)} == {BACKEND, "x-fine"}


def test_the_size_of_written_files_is_limited(tmp_path: Path) -> None:
    code = (
        "import sys; from commonhold.release.builder import build_steps as steps; steps.MAX_OUTPUT_BYTES = 1000; steps.limit_file_size()\n"
        "with open(sys.argv[1], 'wb') as file: file.write(b'x' * 2000)"
    )
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = run(Command((sys.executable, "-c", code, str(tmp_path / "large")), env))
    assert b"File too large" in done.stderr
    assert steps.MAX_OUTPUT_BYTES == 4 * 2**30


def test_a_backend_whose_import_hangs_is_waited_for_once(tmp_path: Path) -> None:
    waiting = project("x-a", f'requires = ["{BACKEND}"]\nbuild-backend = "xsleeping"')
    names = [f"x-{letter}" for letter in "abcd"]
    monorepo = make_build_monorepo(tmp_path, {name: {"pyproject.toml": waiting.replace("x-a", name)} for name in names})
    monorepo.repo.commit({f"plugins/{BACKEND}/xsleeping.py": "import time\ntime.sleep(600)\n"})
    monorepo = monorepo.at_head()
    store, reporter = monorepo.store(), RecordingReporter()
    monorepo.build(store, BACKEND)

    result = monorepo.build(store, *names, seconds=3.0, reporter=reporter, jobs=1)

    assert result.failed["x-a"] == "the build timed out after 3 s"
    assert {result.failed[name] for name in names[1:]} == {"importing its build backend xsleeping timed out"}
    assert len(reporter.environments) == 1


def test_transitive_build_requirements_are_built_but_not_stored(tmp_path: Path) -> None:
    with_b = project("x-c", 'requires = ["x-b"]\nbuild-backend = "xbackend"')
    monorepo = make_build_monorepo(
        tmp_path,
        {
            "x-b": {"pyproject.toml": project("x-b", BY_PLUGIN), "xbackend.py": SOURCE},
            "x-c": {"pyproject.toml": with_b},
        },
        **{"x-c": {"builds_with": ("x-b",)}},
    )
    store = monorepo.store()

    assert monorepo.build(store, "x-c").failed == {}

    assert {*artifacts(store)} == {"x-c"}


def test_a_file_name_that_is_not_utf_8_fails_its_plugin_only(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-odd": "", "x-fine": ""})
    os.symlink(b"/nowhere", os.fsencode(monorepo.repo.root) + b"/plugins/x-odd/\xff")
    monorepo.repo.commit()
    monorepo = monorepo.at_head()
    store = monorepo.store()

    result = monorepo.build(store)

    assert {*result.failed} == {"x-odd"}
    assert "x-fine" in artifacts(store)
    failed = [event for event in store.journal.read() if isinstance(event, BuildFailed)]
    assert "\\xff" in failed[0].why


def test_tiers_do_not_share_an_environment(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-a": "", "x-b": "", "x-c": ""}, **{"x-c": {"tier": "community"}})
    reporter = RecordingReporter()

    assert monorepo.build(monorepo.store(), reporter=reporter).failed == {}

    assert len(reporter.environments) == 2


def test_sets_have_the_same_order_in_every_build(tmp_path: Path) -> None:
    code = "with open('order.py', 'w') as file: print({*'abcdefgh'}, file=file)"
    monorepo = make_build_monorepo(tmp_path, {"x-odd": running("x-odd", code)})
    one, other = monorepo.store("one"), monorepo.store("other")

    assert monorepo.build(one).failed == monorepo.build(other).failed == {}

    assert files_of(one, "x-odd") == files_of(other, "x-odd")


def test_an_installation_that_times_out_is_a_failure(tmp_path: Path) -> None:
    installer = Installer(find_uv(os.environ), dict(os.environ), GroupRunner(), timeout=0.0)
    with pytest.raises(EnvironmentFailedError, match="timed out after 0 s"):
        installer.make(str(tmp_path / "env"), ())


def test_every_plugin_is_built_alone_on_a_platform_without_fork(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonhold.release.builder.release_build.CAN_FORK", False)
    monorepo = make_build_monorepo(tmp_path, {"x-a": "", "x-in-tree": IN_TREE_PROJECT})
    store, reporter = monorepo.store(), RecordingReporter()

    assert monorepo.build(store, reporter=reporter).failed == {}

    assert {*artifacts(store)} == {BACKEND, "x-a", "x-in-tree"}
    assert reporter.environments == []
