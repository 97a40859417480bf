"""Streamed programs: their output arrives while they run, and no process outlives its time limit."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process import Command
from commonhold.effects.process import run as module
from commonhold.effects.process.group import ProcessGroup
from commonhold.effects.process.run import stream
from commonhold.errors import ToolError
from tests.support.processes import is_alive, read_pid, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")

# Writes to the pid file last: when it is there, the handler for Ctrl-C is in place and the child runs.
STARTS_ANOTHER = """
import subprocess, sys, time
try:
    # The child may still be starting when it is interrupted, and would report that where the test reads.
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stderr=subprocess.DEVNULL)
    print("started", flush=True)
    open(sys.argv[1], "w").write(f"{child.pid}\\n")
    time.sleep(float(sys.argv[2]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
    if sys.argv[3:] == ["stubborn"]:
        time.sleep(600)
"""


def run(code: str, *arguments: str, timeout: float | None = None, sinks: list[io.BytesIO] | None = None) -> int | None:
    return stream(Command((sys.executable, "-c", code, *arguments), timeout=timeout), sinks or [])


def test_output_and_errors_go_to_every_sink_in_their_order() -> None:
    one, other = io.BytesIO(), io.BytesIO()
    code = run("import sys; print('a', flush=True); print('b', file=sys.stderr); sys.exit(3)", sinks=[one, other])
    assert code == 3
    assert one.getvalue() == other.getvalue() == b"a\nb\n"


def test_a_closed_sink_stops_neither_the_program_nor_the_other_sinks() -> None:
    broken, whole = io.BytesIO(), io.BytesIO()
    broken.close()
    assert run("print('a' * 100000)", sinks=[broken, whole]) == 0
    assert len(whole.getvalue()) == 100001


def test_a_program_gets_no_input() -> None:
    sink = io.BytesIO()
    assert run("import sys; print(repr(sys.stdin.read()))", sinks=[sink]) == 0
    assert sink.getvalue() == b"''\n"


def test_a_program_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ToolError, match="cannot run no-such-program: No such file"):
        stream(Command(("no-such-program",)), [])


@posix
@pytest.mark.parametrize("stubborn", [(), ("stubborn",)], ids=["ends", "stubborn"])
def test_a_program_at_its_time_limit_is_interrupted_then_killed_with_its_descendants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stubborn: tuple[str, ...]
) -> None:
    pid_file, sink = tmp_path / "pid", io.BytesIO()
    # The limit ends when the program is ready for the interrupt, whenever that is.
    monkeypatch.setattr(module, "ProcessGroup", waiting_for(lambda: read_pid(pid_file)))
    if stubborn:
        monkeypatch.setattr(module, "GRACE", 0.5)
    assert run(STARTS_ANOTHER, str(pid_file), "600", *stubborn, timeout=0.0, sinks=[sink]) is None
    if not stubborn:
        assert sink.getvalue() == b"started\ninterrupted\n"
    wait_until(lambda: not is_alive(read_pid(pid_file)))


def waiting_for(condition: Callable[[], object]) -> type[ProcessGroup]:
    """A process group whose first wait, the one with the time limit, begins when a condition is true."""

    class Group(ProcessGroup):
        ready = False

        def wait(self, seconds: float | None = None) -> int | None:
            if not self.ready:
                self.ready = True
                condition()
            return super().wait(seconds)

    return Group


@posix
def test_the_descendants_of_a_program_that_has_ended_are_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    assert run(STARTS_ANOTHER, str(pid_file), "0") == 0
    wait_until(lambda: not is_alive(read_pid(pid_file)))


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_the_program_and_its_descendants(tmp_path: Path, number: signal.Signals) -> None:
    pid_file = tmp_path / "pid"
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)]

    def interrupt() -> None:
        read_pid(pid_file)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(STARTS_ANOTHER, str(pid_file), "600")
    thread.join()
    wait_until(lambda: not is_alive(read_pid(pid_file)))
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)] == before


@posix
def test_a_signal_that_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        command = Command((sys.executable, "-c", "import os, signal; os.kill(os.getppid(), signal.SIGHUP)"))
        assert stream(command, []) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@posix
def test_a_second_interrupt_kills_a_program_that_ignores_the_first(tmp_path: Path) -> None:
    pid_file, sink = tmp_path / "pid", io.BytesIO()

    def interrupt() -> None:
        read_pid(pid_file)
        os.kill(os.getpid(), signal.SIGINT)
        wait_until(lambda: b"interrupted" in sink.getvalue())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    command = Command((sys.executable, "-c", STARTS_ANOTHER, str(pid_file), "600", "stubborn"))
    with pytest.raises(KeyboardInterrupt):
        stream(command, [sink], haste=600.0)
    thread.join()
    wait_until(lambda: not is_alive(read_pid(pid_file)))


@pytest.mark.parametrize("env", [{"A=B": "x"}, {"A": "x\0y"}, {"A": "x" * 10_000_000}], ids=["name", "NUL", "huge"])
def test_a_variable_that_no_program_can_get_is_an_error_with_the_reason(env: dict[str, str]) -> None:
    with pytest.raises(ToolError, match=r": (illegal environment variable name|embedded null byte|Argument list too)"):
        stream(Command((sys.executable, "-c", ""), env), [])
