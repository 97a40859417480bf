"""Work in a fork: its result comes back, its errors are raised in the parent, and no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from commonhold.effects import fork as module
from commonhold.effects.fork import run_in_fork

# In a process of its own, because pytest-xdist has threads, and a process with threads does not fork.
ALONE = """
import os, signal, sys, threading
from commonhold.effects import fork as module
from commonhold.effects.fork import run_in_fork
module.processors = lambda: 2
here = os.getpid()
"""


def alone(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", ALONE + code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_result_comes_from_another_process() -> None:
    assert alone(
        "process, names = run_in_fork(lambda: (os.getpid(), frozenset({('é', b'x')})))()\nprint(process != here, names)"
    ) == ("True frozenset({('é', b'x')})\n")


def test_a_result_larger_than_a_pipe_arrives_whole() -> None:
    assert alone("wait = run_in_fork(lambda: ['x' * 1000] * 5000)\nprint(sum(map(len, wait())))") == "5000000\n"


def test_an_error_is_raised_in_the_parent() -> None:
    code = """
def work():
    raise ValueError(os.getpid() == here)
try:
    run_in_fork(work)()
except ValueError as error:
    print(error)
"""
    assert alone(code) == "True\n"


@pytest.mark.parametrize(
    "end",
    ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)", "os._exit(3)", "sys.exit(0)", "return object()"],
)
def test_the_parent_does_the_work_when_the_fork_fails(end: str) -> None:
    code = f"""
def work():
    if os.getpid() != here:
        {end}
    return os.getpid()
print(run_in_fork(work)() == here)
"""
    assert alone(code) == "True\n"


def test_buffered_output_is_printed_once() -> None:
    assert alone("sys.stdout = open(1, 'w')\nprint('once')\nrun_in_fork(list)()") == "once\n"


def test_a_fork_that_is_not_waited_for_is_killed() -> None:
    code = """
import time
wait = run_in_fork(lambda: time.sleep(600))
process, handle = wait._process, wait._pipe.fileno()
del wait
for ask in (lambda: os.kill(process, 0), lambda: os.fstat(handle)):
    try:
        ask()
    except OSError as error:
        print(type(error).__name__, error.errno)
"""
    assert alone(code) == "ProcessLookupError 3\nOSError 9\n"


def test_a_process_with_threads_does_the_work_itself() -> None:
    held = threading.Event()
    thread = threading.Thread(target=held.wait)
    thread.start()
    try:
        assert run_in_fork(os.getpid)() == os.getpid()
    finally:
        held.set()
        thread.join()


@pytest.mark.parametrize("processors", [1, 0])
def test_on_one_processor_the_parent_does_the_work(monkeypatch: pytest.MonkeyPatch, processors: int) -> None:
    monkeypatch.setattr(module, "processors", lambda: processors)
    assert run_in_fork(os.getpid)() == os.getpid()


def test_the_parent_does_the_work_when_it_cannot_fork() -> None:
    code = """
def refuse():
    raise BlockingIOError(11, 'no more')
module.os.fork = refuse
before = len(os.listdir('/proc/self/fd')) if os.path.isdir('/proc/self/fd') else 0
print(run_in_fork(os.getpid)() == here)
after = len(os.listdir('/proc/self/fd')) if os.path.isdir('/proc/self/fd') else 0
print(after - before)
"""
    assert alone(code) == "True\n0\n"


def test_a_fork_ends_when_its_parent_is_gone() -> None:
    code = ALONE + "run_in_fork(lambda: [os.kill(here, signal.SIGKILL), 'x' * 10_000_000])()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read() == b""  # nobody holds it any more
    assert process.returncode == -signal.SIGKILL


def test_an_interrupt_ends_both_with_one_traceback() -> None:
    code = ALONE + "import time\nrun_in_fork(lambda: [os.write(1, b'on\\n'), time.sleep(600)])()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == -signal.SIGINT
    assert errors.count(b"KeyboardInterrupt") == 1
    assert b"ignored" not in errors
