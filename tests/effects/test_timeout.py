"""Programs with a time limit: whoever waits for them goes on, and nothing of them is left."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.programs import Finished, Processes
from commonhold.effects.process.timeout import TimeoutRunner, TooLongError
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_program_ends_with_its_code_and_what_it_wrote() -> None:
    code = "import sys; sys.stdout.write(sys.stdin.read()); sys.stderr.write('err'); sys.exit(7)"
    argv = (sys.executable, "-c", code)
    pending = TimeoutRunner(60.0).start(argv, stdin=b"in")
    assert pending.wait() == pending.wait() == Finished(argv, 7, b"in", b"err")


def test_the_environment_is_the_whole_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEFT_OUT", "1")
    code = "import os; print(os.environ.get('LEFT_OUT'), os.environ.get('PUT_IN'))"
    assert TimeoutRunner(60.0).start((sys.executable, "-c", code), env={"PUT_IN": "2"}).wait().stdout == b"None 2\n"


def test_there_must_be_such_a_program() -> None:
    with pytest.raises(ToolError, match="cannot run no-such-program"):
        TimeoutRunner(60.0).start(["no-such-program"])


def test_a_program_that_is_ended_takes_along_what_it_started(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    with pytest.raises(TooLongError, match="sh took longer than 1 s and was ended"):
        TimeoutRunner(1.0).start(["sh", "-c", f"sleep 600 & echo $! > {place}; wait"]).wait()
    assert not _is_alive(place)


def test_so_does_one_that_ends_by_itself(tmp_path: Path) -> None:
    place = tmp_path / "pid"
    assert TimeoutRunner(60.0).start(["sh", "-c", f"sleep 600 & echo $! > {place}"]).wait().code == 0
    assert not _is_alive(place)


def test_at_the_end_nobody_waits_any_more() -> None:
    limited = TimeoutRunner(600.0)
    pending = limited.start(["sleep", "600"])
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(pending.wait().code))
    thread.start()
    limited.end()
    thread.join(60)
    assert codes == [-9]
    with pytest.raises(ToolError, match="after the end"):
        limited.start(["true"])


def _is_alive(place: Path) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = Processes().start(["ps", "-o", "stat=", "-p", place.read_text().strip()]).wait()
        if found.stdout.strip() in (b"", b"Z"):
            return False
        time.sleep(0.05)
    return True
