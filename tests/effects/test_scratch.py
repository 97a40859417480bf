"""Temporary folders, and those of processes that were killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from commonhold.effects import scratch
from commonhold.effects.machine import MachineError
from commonhold.effects.scratch import OWNER, ScratchFolder, remove_abandoned

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """\
import os, sys, time
from commonhold.effects.scratch import ScratchFolder
scratch = ScratchFolder("build")
os.makedirs(os.path.join(scratch.path, "sealed", "inside"))
os.symlink(sys.argv[1], os.path.join(scratch.path, "sealed", "link"))
os.chmod(os.path.join(scratch.path, "sealed"), 0o500)
print(scratch.path, flush=True)
time.sleep(600)
"""


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this test."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def hold(parent: Path, outside: Path) -> subprocess.Popen[str]:
    """Start a process that has a temporary folder, with a link to ``outside``."""
    env = {**os.environ, "TMPDIR": str(parent)}
    process = subprocess.Popen([sys.executable, "-c", HOLD, outside], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(str(parent))
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_folder_is_empty_and_is_removed(parent: Path) -> None:
    with ScratchFolder("build") as folder:
        assert os.listdir(folder.path) == []
        assert os.path.basename(os.path.dirname(folder.path)).startswith("commonhold-build-")
    assert os.listdir(parent) == []


def test_the_folder_of_a_killed_process_is_removed_by_the_next_one_but_not_that_of_a_running_one(
    parent: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    killed, running = hold(parent, outside), hold(parent, outside)
    kill(killed)
    assert len(os.listdir(parent)) == 2
    with ScratchFolder("inspect") as mine:
        left = {*os.listdir(parent)} - {os.path.basename(os.path.dirname(mine.path))}
        assert len(left) == 1
    kill(running)
    assert {*os.listdir(parent)} == left
    assert (outside / "kept").exists()


def test_only_folders_of_this_tool_are_removed(parent: Path, tmp_path: Path) -> None:
    kill(hold(parent, tmp_path))
    (abandoned,) = parent.iterdir()
    outside = tmp_path / "outside"
    abandoned.rename(outside)
    (parent / "commonhold-link").symlink_to(outside)
    (parent / "commonhold-notes").mkdir()
    (parent / "commonhold-notes" / "mine").touch()
    linked = parent / "commonhold-linked-owner"
    linked.mkdir()
    (linked / OWNER).symlink_to(outside / OWNER)
    fifo = parent / "commonhold-fifo"
    fifo.mkdir()
    os.mkfifo(fifo / OWNER)
    other = parent / "commonhold-other-machine"
    other.mkdir()
    (other / OWNER).write_text("another machine")
    (parent / "commonhold-file").touch()
    before = {*os.listdir(parent)}
    remove_abandoned(str(parent))
    assert {*os.listdir(parent)} == before
    assert (outside / OWNER).exists()


def test_a_link_in_place_of_the_files_is_removed_without_its_target(parent: Path, tmp_path: Path) -> None:
    kill(hold(parent, tmp_path))
    (abandoned,) = parent.iterdir()
    outside = tmp_path / "outside"
    (abandoned / "files").rename(outside)
    (abandoned / "files").symlink_to(outside)
    remove_abandoned(str(parent))
    assert os.listdir(parent) == []
    assert (outside / "sealed").exists()


def test_the_folders_of_other_users_are_not_removed(
    parent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(hold(parent, tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    remove_abandoned(str(parent))
    assert len(os.listdir(parent)) == 1


def test_a_folder_that_cannot_be_made_is_an_error(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(parent / "nowhere"))
    with pytest.raises(MachineError, match="cannot write to the temporary folder"):
        ScratchFolder("build")
    monkeypatch.setattr("tempfile.tempdir", str(parent))
    monkeypatch.setattr(scratch, "_host", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ScratchFolder("build")
    assert os.listdir(parent) == []
