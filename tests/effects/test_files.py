"""A file is replaced as a whole, or left as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_written_with_the_folders_above_it(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c"
    write_atomically(str(file), b"1")
    write_atomically(str(file), b"2")
    assert file.read_bytes() == b"2"
    assert os.listdir(file.parent) == ["c"]


def test_a_file_is_written_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomically("plain", b"1")
    assert (tmp_path / "plain").read_bytes() == b"1"


def test_a_reader_that_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with file.open("rb") as reader:
        write_atomically(str(file), b"new")
        assert reader.read() == b"old"


def test_what_cannot_be_replaced_is_left_alone_and_nothing_stays_behind(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError):
        write_atomically(str(folder), b"1")
    assert os.listdir(tmp_path) == ["folder"]
