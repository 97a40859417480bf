"""Atomic writes: a file is replaced as a whole, or not changed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.files import make_ignored_folder, write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_written_with_its_missing_folders(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c"
    write_atomically(str(file), b"1")
    write_atomically(str(file), b"2")
    assert file.read_bytes() == b"2"
    assert os.listdir(file.parent) == ["c"]


def test_a_file_is_written_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomically("plain", b"1", durable=True)
    assert (tmp_path / "plain").read_bytes() == b"1"


def test_a_reader_of_the_old_file_keeps_its_content(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with file.open("rb") as reader:
        write_atomically(str(file), b"new")
        assert reader.read() == b"old"


@pytest.mark.parametrize("durable", [False, True])
def test_a_failed_write_changes_nothing_and_leaves_no_temporary_file(tmp_path: Path, durable: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError):
        write_atomically(str(folder), b"1", durable=durable)
    assert os.listdir(tmp_path) == ["folder"]


def test_a_durable_write_syncs_the_content_then_renames_then_syncs_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"file of {os.fstat(handle).st_size}"
        steps.append(f"fsync {kind}")
        fsync(handle)

    def noted_replace(old: str, new: str) -> None:
        steps.append("rename")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write_atomically(str(tmp_path / "file"), b"123", durable=True, mode=0o444)
    assert steps == ["fsync file of 3", "rename", "fsync folder"]
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o444

    steps.clear()
    write_atomically(str(tmp_path / "other"), b"123")
    assert steps == ["rename"]


def test_git_ignores_an_ignored_folder(tmp_path: Path) -> None:
    make_ignored_folder(str(tmp_path / "folder"))
    assert (tmp_path / "folder" / ".gitignore").read_text() == "*\n"


def test_the_gitignore_of_an_ignored_folder_may_be_changed(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("!kept\n")
    make_ignored_folder(str(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == "!kept\n"
