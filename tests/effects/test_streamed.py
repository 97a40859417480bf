"""Programs that are watched: their output comes as it is written, and nothing of them outlives its time."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.streamed import run_logged
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")

STARTS_ANOTHER = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
print("started", flush=True)
time.sleep(600)
"""


def run(code: str, *arguments: str, seconds: float = 60, sinks: list[io.BytesIO] | None = None) -> int | None:
    argv = (sys.executable, "-c", code, *arguments)
    return run_logged(argv, cwd=".", env=os.environ, sinks=sinks or [], seconds=seconds)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whoever was orphaned stays a zombie where nobody collects it.
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    for _ in range(100):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_both_streams_go_to_every_sink_in_their_order() -> None:
    one, other = io.BytesIO(), io.BytesIO()
    code = run("import sys; print('a', flush=True); print('b', file=sys.stderr); sys.exit(3)", sinks=[one, other])
    assert code == 3
    assert one.getvalue() == other.getvalue() == b"a\nb\n"


def test_a_sink_that_is_closed_stops_neither_the_program_nor_the_others() -> None:
    broken, whole = io.BytesIO(), io.BytesIO()
    broken.close()
    assert run("print('a' * 100000)", sinks=[broken, whole]) == 0
    assert len(whole.getvalue()) == 100001


def test_a_program_cannot_ask_for_input() -> None:
    sink = io.BytesIO()
    assert run("import sys; print(repr(sys.stdin.read()))", sinks=[sink]) == 0
    assert sink.getvalue() == b"''\n"


@posix
def test_a_program_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    sink = io.BytesIO()
    assert run(STARTS_ANOTHER, str(tmp_path / "pid"), seconds=1.5, sinks=[sink]) is None
    assert sink.getvalue().startswith(b"started\n")
    assert b"KeyboardInterrupt" in sink.getvalue()
    assert gone(int((tmp_path / "pid").read_text()))


@posix
def test_what_a_program_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    code = STARTS_ANOTHER.rpartition("time.sleep")[0]
    assert run(code, str(tmp_path / "pid")) == 0
    assert gone(int((tmp_path / "pid").read_text()))


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_program_too(tmp_path: Path, number: signal.Signals) -> None:
    pid = tmp_path / "pid"

    def interrupt() -> None:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(STARTS_ANOTHER, str(pid))
    thread.join()
    assert gone(int(pid.read_text()))
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_program_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(ToolError, match="cannot run no-such-program: No such file"):
        run_logged(("no-such-program",), cwd=".", env=os.environ, sinks=[], seconds=1)
