"""The difference between problems of the machine and failures of programs."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from commonhold.cli.__main__ import main
from commonhold.effects import machine
from commonhold.effects.machine import MachineError, MachineWatch, machine_error, machine_errors
from commonhold.effects.process import Command
from commonhold.effects.process.run import run
from tests.support.filesystems import mounted

if TYPE_CHECKING:
    from pathlib import Path

FULL = "OSError: [Errno 28] No space left on device"


def test_output_about_a_full_disk_does_not_count_while_there_is_room(tmp_path: Path) -> None:
    for output in (FULL, "Disk quota exceeded (os error 122)", "MemoryError", "Too many open files (os error 24)"):
        MachineWatch(str(tmp_path)).check("the build", output)


def test_a_full_folder_is_found_even_without_output(tmp_path: Path) -> None:
    with (
        mounted(tmp_path / "small", "size=1m") as folder,
        pytest.raises(MachineError, match=r"the build failed because .*small is full") as caught,
    ):
        MachineWatch(str(folder / "missing" / "below")).check("the build", "")
    assert caught.value.exit_code == 4
    assert (caught.value.hint or "").startswith(f"Make room in {folder}, or set TMPDIR")


def test_output_about_a_full_disk_counts_if_little_room_is_left(tmp_path: Path) -> None:
    """The failed program has removed its files, so there is room again."""
    with mounted(tmp_path / "small", "size=64m") as folder:
        MachineWatch(str(folder)).check("the build", "SyntaxError")
        with pytest.raises(MachineError, match="small is full: No space left on device"):
            MachineWatch(str(folder)).check("the build", FULL)


def test_a_folder_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    with mounted(tmp_path / "fixed", "ro") as folder, pytest.raises(MachineError, match="Read-only file system"):
        MachineWatch(str(folder)).check("uv", "")


def test_a_file_system_without_inodes_is_found(tmp_path: Path) -> None:
    with mounted(tmp_path / "few", "nr_inodes=2") as folder:
        (folder / "last").touch()
        with pytest.raises(MachineError, match="No space left on device"):
            MachineWatch(str(folder)).check("uv", "")


def test_a_process_that_the_kernel_killed_for_lack_of_memory_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = MachineWatch()
    watch.check("the build", "killed by signal 9")
    monkeypatch.setattr(machine, "_oom_kills", lambda: watch._killed + 1)
    with pytest.raises(MachineError, match="ran out of memory"):
        watch.check("the build", "killed by signal 9")


@pytest.mark.parametrize(
    ("limit", "value", "output", "message"),
    [
        ("RLIMIT_NOFILE", 64, "Too many open files (os error 24)", "the limit of open files is 64"),
        ("RLIMIT_AS", 2**33, "numpy.MemoryError", "ran out of memory"),
        ("RLIMIT_FSIZE", 2**20, "", "File too large"),
    ],
)
def test_limits_of_the_process_are_found(limit: str, value: int, output: str, message: str, tmp_path: Path) -> None:
    program = (
        "import sys; from commonhold.effects.machine import *; from commonhold.errors import CommonholdError\n"
        f"try: MachineWatch({str(tmp_path)!r}).check('it', {output!r})\n"
        "except CommonholdError as error: print(error)"
    )
    number = getattr(resource, limit)
    done = subprocess.run(
        [sys.executable, "-c", program],
        preexec_fn=lambda: resource.setrlimit(number, (value, value)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert message in done.stdout, done


NUMBERS = [
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS),
    *(errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN),
]


@pytest.mark.parametrize("number", NUMBERS, ids=errno.errorcode.__getitem__)
def test_errors_of_the_machine_have_exit_code_4_and_a_next_step(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_words: object) -> int:
        raise OSError(number, os.strerror(number), "/somewhere/file")

    monkeypatch.setattr("commonhold.cli.__main__._run", fail)
    assert main([]) == 4
    shown = capsys.readouterr().err
    assert os.strerror(number) in shown
    assert "then run the same command again" in shown
    assert "Traceback" not in shown


def test_the_advice_names_the_full_folder() -> None:
    known, unknown = OSError(errno.ENOSPC, "full", "/somewhere/file"), OSError(errno.ENOSPC, "full")
    for error, folder in ((known, "/somewhere"), (unknown, tempfile.gettempdir())):
        found = machine_error(error)
        assert found is not None
        assert (found.hint or "").startswith(f"Make room in {folder}, or")


def test_other_errors_are_not_errors_of_the_machine() -> None:
    for error in (OSError(errno.ENOENT, "gone"), OSError("not a regular file"), ValueError()):
        assert machine_error(error) is None
    with pytest.raises(IsADirectoryError), machine_errors():
        raise IsADirectoryError(errno.EISDIR, "is a directory")
    with pytest.raises(MachineError, match="not enough memory"), machine_errors():
        raise MemoryError


def test_a_program_cannot_start_without_a_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mounted(tmp_path / "few", "nr_inodes=2") as folder:
        (folder / "last").touch()
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        with pytest.raises(MachineError, match="cannot write to the temporary folder: No space"):
            run(Command(("true",)))
