"""Several files change together, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.file_changes import FileChanges
from commonhold.effects.files import write_atomically
from commonhold.errors import CommonholdError

if TYPE_CHECKING:
    from pathlib import Path


def contents(root: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None for path in root.rglob("*")
    }


def test_changes_are_shown_and_then_written_together(tmp_path):
    (tmp_path / "kept.txt").write_text("one\n")
    (tmp_path / "old").mkdir()
    (tmp_path / "old/gone.txt").write_text("gone\n")
    changes = FileChanges(str(tmp_path))
    changes.write("kept.txt", b"two\n")
    changes.write("new/deep/file.sh", b"#!/bin/sh\n", executable=True)
    changes.delete("old/gone.txt")
    assert [*changes.diff()] == [
        "--- a/kept.txt", "+++ b/kept.txt", "@@ -1 +1 @@", "-one", "+two",
        "--- /dev/null", "+++ b/new/deep/file.sh", "@@ -0,0 +1 @@", "+#!/bin/sh",
        "--- a/old/gone.txt", "+++ /dev/null", "@@ -1 +0,0 @@", "-gone",
    ]  # fmt: skip
    assert (tmp_path / "kept.txt").read_text() == "one\n"
    changes.apply()
    assert contents(tmp_path) == {
        "kept.txt": b"two\n",
        "new": None,
        "new/deep": None,
        "new/deep/file.sh": b"#!/bin/sh\n",
    }
    assert os.access(tmp_path / "new/deep/file.sh", os.X_OK)


def test_an_equal_content_is_not_a_change(tmp_path):
    (tmp_path / "a").write_text("one")
    changes = FileChanges(str(tmp_path))
    changes.write("a", b"one")
    changes.delete("missing")
    assert not changes
    assert changes.read("a") == b"one"


@pytest.mark.parametrize("fails_at", range(3))
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_failure_restores_every_file(tmp_path, monkeypatch, fails_at, error):
    (tmp_path / "a").write_text("a")
    (tmp_path / "c").write_text("c")
    (tmp_path / "a").chmod(0o755)
    before = contents(tmp_path)
    changes = FileChanges(str(tmp_path))
    changes.write("a", b"changed")
    changes.write("b/new", b"new")
    changes.write("c", b"changed")
    writes = iter(range(10))

    def failing(*args, **kwargs):
        if next(writes) == fails_at:
            raise error
        write_atomically(*args, **kwargs)

    monkeypatch.setattr("commonhold.effects.file_changes.write_atomically", failing)
    with pytest.raises(error):
        changes.apply()
    assert contents(tmp_path) == before
    assert os.access(tmp_path / "a", os.X_OK)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/x", "../x", "a/../../x", "a//b", "./a", ".git/config", "a/.GIT/hooks/x", "a\0b", "a\\b", "link/x"],
)
def test_paths_outside_the_tree_are_refused(tmp_path, path):
    (tmp_path / "link").symlink_to("/")
    with pytest.raises(CommonholdError):
        FileChanges(str(tmp_path)).write(path, b"")


def test_a_link_is_not_overwritten(tmp_path):
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link").symlink_to("target")
    with pytest.raises(CommonholdError, match="symbolic link"):
        FileChanges(str(tmp_path)).write("link", b"new")


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path):
    changes = FileChanges(str(tmp_path))
    changes.write("a", b"mine")
    (tmp_path / "a").write_text("theirs")
    with pytest.raises(CommonholdError, match="changed at the same time"):
        changes.apply()
    assert (tmp_path / "a").read_text() == "theirs"
