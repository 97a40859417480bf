"""A release on a machine with a full disk: the plugin is not blamed, and the release continues once there is room."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.machine import MachineError
from commonhold.release.model.journal_events import BuildFailed
from tests.release.fake_backend_repo import make_build_monorepo
from tests.release.test_build_hostile import running
from tests.support.filesystems import mounted

if TYPE_CHECKING:
    from pathlib import Path

FILLING = "open('large', 'wb').write(bytes(40 * 2**20))\n"
CLAIMING = "raise OSError(28, 'No space left on device')\n"


@pytest.fixture
def use_temporary_folder(monkeypatch: pytest.MonkeyPatch):
    def use(folder: Path) -> None:
        monkeypatch.setenv("TMPDIR", str(folder))
        monkeypatch.setattr(tempfile, "tempdir", str(folder))

    return use


@pytest.mark.parametrize("alone", [False, True], ids=["in a shared environment", "alone"])
def test_a_build_that_fills_the_disk_is_continued_after_making_room(
    tmp_path: Path, use_temporary_folder, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    monkeypatch.setattr("commonhold.release.builder.release_build.CAN_FORK", not alone)
    monorepo = make_build_monorepo(tmp_path, {"x-large": running("x-large", FILLING), "x-fine": ""})
    store = monorepo.store()
    with mounted(tmp_path / "small", "size=30m") as small:
        use_temporary_folder(small)
        with pytest.raises(MachineError, match=r"building x-large failed because .*small is full") as caught:
            monorepo.build(store, jobs=1)
    assert f"Make room in {small}" in (caught.value.hint or "")
    assert not any(isinstance(event, BuildFailed) for event in store.journal.read())
    use_temporary_folder(tmp_path)
    assert monorepo.build(store).failed == {}


def test_a_plugin_that_only_claims_a_full_disk_fails_by_itself(tmp_path: Path) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-liar": running("x-liar", CLAIMING), "x-fine": ""})
    result = monorepo.build(monorepo.store())
    assert [*result.failed] == ["x-liar"]
    assert "x-fine" in result.built


def test_a_full_cache_of_uv_is_not_a_failure_of_the_plugins(tmp_path: Path, monkeypatch) -> None:
    monorepo = make_build_monorepo(tmp_path, {"x-fine": ""})
    store = monorepo.store()
    with mounted(tmp_path / "small", "size=64k") as small:
        monkeypatch.setattr("tests.release.fake_backend_repo.UV_CACHE", str(small / "uv"))
        with pytest.raises(MachineError, match="small is full"):
            monorepo.build(store)
    assert not any(isinstance(event, BuildFailed) for event in store.journal.read())


def test_a_copy_that_does_not_fit_is_not_a_failure_of_the_plugin(tmp_path: Path, use_temporary_folder) -> None:
    plugin = running("x-large", "")
    plugin["data.txt"] = "x" * 4 * 2**20
    monorepo = make_build_monorepo(tmp_path, {"x-large": plugin})
    store = monorepo.store()
    with mounted(tmp_path / "small", "size=3m") as small:
        use_temporary_folder(small)
        with pytest.raises((MachineError, OSError), match="No space left on device"):
            monorepo.build(store, jobs=1)
    assert not any(isinstance(event, BuildFailed) for event in store.journal.read())
