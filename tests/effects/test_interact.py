"""Interactive programs: lines in, lines out, and an end."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process import Command
from commonhold.effects.process.interact import InteractiveProcess, interact
from commonhold.errors import ToolError
from tests.support.processes import is_alive, read_pid, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True); print('log', file=sys.stderr)"


@contextlib.contextmanager
def started(tmp_path: Path, *argv: str) -> Iterator[InteractiveProcess]:
    process = interact(Command(argv, cwd=str(tmp_path)), str(tmp_path / "log"))
    try:
        yield process
    finally:
        process.close()


def next_lines(process: InteractiveProcess) -> list[bytes] | None:
    """The next lines; what has arrived may be less than one."""
    while (lines := process.read_lines()) == []:
        pass
    return lines


def test_lines_are_answered_and_errors_go_to_the_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n")
    with started(tmp_path, sys.executable, "-c", ECHO) as process:
        process.send(b"a")
        assert next_lines(process) == [b"A"]
        process.send(b"b")
        assert next_lines(process) == [b"B"]
        assert process.finish(600.0) == 0
        assert process.read_lines() is None
    assert (tmp_path / "log").read_text() == "before\nlog\nlog\n"


def test_a_line_is_returned_when_it_is_complete(tmp_path: Path) -> None:
    code = "import os, sys; os.write(1, b'a\\nb'); sys.stdin.readline(); os.write(1, b'c\\nd')"
    with started(tmp_path, sys.executable, "-c", code) as process:
        assert next_lines(process) == [b"a"]
        process.send(b"")
        assert next_lines(process) == [b"bc"]
        assert process.read_lines() is None


def test_a_line_to_a_program_that_has_ended_is_lost(tmp_path: Path) -> None:
    with started(tmp_path, "true") as process:
        assert process.read_lines() is None
        process.send(b"lost")
        assert process.finish(600.0) == 0


def test_a_program_that_does_not_finish_is_killed(tmp_path: Path) -> None:
    with started(tmp_path, "sleep", "600") as process:
        assert process.finish(0.0) == -9


@pytest.mark.parametrize("end", [InteractiveProcess.kill, InteractiveProcess.close])
def test_descendants_end_with_the_program(tmp_path: Path, end, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonhold.effects.process.interact.HASTE", 0.0)
    with started(tmp_path, "sh", "-c", "sleep 600 & echo $! > pid; wait") as process:
        pid = read_pid(tmp_path / "pid")
        end(process)
        wait_until(lambda: not is_alive(pid))


def test_a_program_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(ToolError, match="cannot run no-such-program"),
        started(tmp_path, "no-such-program"),
    ):
        pass
