"""Builds that do what no build should: each is its own plugin's failure, and nobody else's."""

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
    OF_A_TREE,
    SOURCE,
    VERSION,
    Heard,
    artifacts,
    files_of,
    make_site,
    project,
)

if TYPE_CHECKING:
    from pathlib import Path

SDIST, WHEEL = f"x_odd-{VERSION}.tar.gz", f"x_odd-{VERSION}-py3-none-any.whl"
SAY = 'with open(os.path.join(out, "..", "result.json"), "w") as file: file.write({!r})\n'
MADE = SAY.format(f'{{"files": ["{SDIST}", "{WHEEL}"]}}')


def ordered(name: str, code: str) -> dict[str, str]:
    """A plugin that runs code when its wheel is built."""
    return {"pyproject.toml": project(name, BY_PLUGIN), "at_wheel.txt": code}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("os._exit(0)", "the build ended without saying what it made"),
        (SAY.format("[]") + "os._exit(0)", "the build ended without saying what it made"),
        (SAY.format('{"files": ["\\udc80", 5]}') + "os._exit(0)", "the build ended without saying what it made"),
        (SAY.format('{"files": ["", "/etc/"]}') + "os._exit(0)", "is not an sdist and its wheel"),
        (SAY.format(" " * 2**21) + "os._exit(0)", "the build ended without saying what it made"),
        ("os.mkfifo(os.path.join(out, '..', 'result.json')); os._exit(0)", "the build ended without saying what it made"),
        (f"{MADE}os.mkfifo(os.path.join(out, {WHEEL!r})); os._exit(0)", f"'{WHEEL}' is no file"),
        (f"{MADE}os.symlink('/dev/zero', os.path.join(out, {WHEEL!r})); os._exit(0)", f"'{WHEEL}' is no file"),
        (f"{MADE}os._exit(0)", "No such file or directory"),
        ("os.kill(os.getppid(), signal.SIGKILL)", "the build was ended by signal 9"),
        ("os.killpg(0, signal.SIGKILL)", "the build was ended by signal 9"),
    ],
)  # fmt: skip
def test_whatever_a_project_leaves_behind_is_its_own_failure(tmp_path: Path, code: str, why: str) -> None:
    site = make_site(tmp_path, {"x-odd": ordered("x-odd", code), "x-fine": ""})
    store = site.store()

    result = site.build(store)

    assert {*result.failed} == {"x-odd"}
    assert why in result.failed["x-odd"]
    assert {*artifacts(store)} == {BACKEND, "x-fine"}


def test_nobody_writes_without_end(tmp_path: Path) -> None:
    code = (
        "import sys; from commonhold.release.builder import build_steps as steps; steps.MAX_OUTPUT_BYTES = 1000; steps.limit_file_size()\n"
        "with open(sys.argv[1], 'wb') as file: file.write(b'x' * 2000)"
    )
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = run(Command((sys.executable, "-c", code, str(tmp_path / "large")), env))
    assert b"File too large" in done.stderr
    assert steps.MAX_OUTPUT_BYTES == 4 * 2**30


def test_a_backend_that_does_not_come_up_is_waited_for_once(tmp_path: Path) -> None:
    waiting = project("x-a", f'requires = ["{BACKEND}"]\nbuild-backend = "xsleeping"')
    names = [f"x-{letter}" for letter in "abcd"]
    site = make_site(tmp_path, {name: {"pyproject.toml": waiting.replace("x-a", name)} for name in names})
    site.repo.commit({f"plugins/{BACKEND}/xsleeping.py": "import time\ntime.sleep(600)\n"})
    site = site.at_head()
    store, heard = site.store(), Heard()
    site.build(store, BACKEND)

    result = site.build(store, *names, seconds=3.0, heard=heard, jobs=1)

    assert result.failed["x-a"] == "the build took longer than 3 s and was ended"
    assert {result.failed[name] for name in names[1:]} == {
        "its build backend xsleeping cannot be imported: it takes too long"
    }
    assert len(heard.environments) == 1


def test_what_is_built_with_a_plugin_that_is_built_with_another_can_be_built_alone(tmp_path: Path) -> None:
    with_b = project("x-c", 'requires = ["x-b"]\nbuild-backend = "xbackend"')
    site = make_site(
        tmp_path,
        {
            "x-b": {"pyproject.toml": project("x-b", BY_PLUGIN), "xbackend.py": SOURCE},
            "x-c": {"pyproject.toml": with_b},
        },
        **{"x-c": {"builds_with": ("x-b",)}},
    )
    store = site.store()

    assert site.build(store, "x-c").failed == {}

    assert {*artifacts(store)} == {"x-c"}


def test_a_name_that_is_not_utf_8_is_its_own_plugins_failure(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"x-odd": "", "x-fine": ""})
    os.symlink(b"/nowhere", os.fsencode(site.repo.root) + b"/plugins/x-odd/\xff")
    site.repo.commit()
    site = site.at_head()
    store = site.store()

    result = site.build(store)

    assert {*result.failed} == {"x-odd"}
    assert "x-fine" in artifacts(store)
    failed = [event for event in store.journal.read() if isinstance(event, BuildFailed)]
    assert "\\xff" in failed[0].why


def test_tiers_share_no_environment(tmp_path: Path) -> None:
    site = make_site(tmp_path, {"x-a": "", "x-b": "", "x-c": ""}, **{"x-c": {"tier": "community"}})
    heard = Heard()

    assert site.build(site.store(), heard=heard).failed == {}

    assert len(heard.environments) == 2


def test_the_order_of_a_set_is_the_same_in_each_release(tmp_path: Path) -> None:
    code = "with open('order.py', 'w') as file: print({*'abcdefgh'}, file=file)"
    site = make_site(tmp_path, {"x-odd": ordered("x-odd", code)})
    one, other = site.store("one"), site.store("other")

    assert site.build(one).failed == site.build(other).failed == {}

    assert files_of(one, "x-odd") == files_of(other, "x-odd")


def test_an_environment_that_is_never_done_is_a_failure(tmp_path: Path) -> None:
    installer = Installer(find_uv(os.environ), dict(os.environ), GroupRunner(), timeout=0.0)
    with pytest.raises(EnvironmentFailedError, match="timed out after 0 s"):
        installer.make(str(tmp_path / "env"), ())


def test_where_nothing_can_be_forked_each_is_built_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonhold.release.builder.release_build.CAN_FORK", False)
    site = make_site(tmp_path, {"x-a": "", "x-in-tree": OF_A_TREE})
    store, heard = site.store(), Heard()

    assert site.build(store, heard=heard).failed == {}

    assert {*artifacts(store)} == {BACKEND, "x-a", "x-in-tree"}
    assert heard.environments == []
