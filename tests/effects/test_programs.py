"""Programs are started without a shell, and end as a value."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from commonhold.effects.process.programs import Finished, Processes
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_program_ends_with_its_code_and_what_it_wrote() -> None:
    code = "import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(7)"
    argv = (sys.executable, "-c", code)
    assert Processes().start(argv).wait() == Finished(argv, 7, b"out", b"err")


def test_arguments_reach_a_program_as_they_are() -> None:
    odd = ("a b", "$(echo x)", '"', "\n", "*")
    finished = Processes().start((sys.executable, "-c", "import sys; print(sys.argv[1:])", *odd)).wait()
    assert finished.stdout.decode().strip() == repr(list(odd))


def test_the_environment_is_the_whole_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEFT_OUT", "1")
    code = "import os; print(os.environ.get('LEFT_OUT'), os.environ.get('PUT_IN'))"
    finished = Processes().start((sys.executable, "-c", code), env={"PUT_IN": "2"}).wait()
    assert finished.stdout == b"None 2\n"


def test_without_an_environment_a_program_gets_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDED_ON", "1")
    finished = Processes().start((sys.executable, "-c", "import os; print(os.environ['HANDED_ON'])")).wait()
    assert finished.stdout == b"1\n"


def test_input_larger_than_a_pipe_comes_back_whole() -> None:
    code = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    data = bytes(range(256)) * 4096
    assert Processes().start((sys.executable, "-c", code), stdin=data).wait().stdout == data


def test_a_program_without_input_does_not_wait_for_the_terminal() -> None:
    finished = Processes().start((sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))")).wait()
    assert finished.stdout == b"''\n"


def test_a_program_that_does_not_exist_is_named() -> None:
    with pytest.raises(ToolError, match="cannot run no-such-program") as caught:
        Processes().start(("no-such-program",))
    assert "Install no-such-program" in (caught.value.hint or "")


def test_a_file_that_cannot_be_executed_is_an_error_in_words(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("no program")
    program.chmod(0o755)
    with pytest.raises(ToolError, match=r"cannot run .*program: "):
        Processes().start((str(program),))


def test_a_program_that_is_killed_has_a_negative_code() -> None:
    finished = Processes().start((sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")).wait()
    assert finished.code == -9


def test_a_complaint_is_the_end_of_the_errors() -> None:
    finished = Finished(("x",), 1, b"answer", b"".join(b"%d\n" % line for line in range(9)))
    assert finished.complaint() == "4\n5\n6\n7\n8"


def test_a_complaint_falls_back_to_the_output_and_survives_odd_bytes() -> None:
    assert Finished(("x",), 1, b"caf\xe9\n", b"").complaint() == "caf\\xe9"


def test_a_program_whose_end_is_asked_for_twice_tells_it_twice() -> None:
    pending = Processes().start((sys.executable, "-c", "print(1)"))
    assert pending.wait() is pending.wait()


def test_a_program_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = "import os, sys, time; open(sys.argv[1], 'x').write(str(os.getpid())); time.sleep(600)"
    pending = Processes().start((sys.executable, "-c", code, str(ready)))
    while not (ready.exists() and ready.read_text()):
        time.sleep(0.01)
    del pending
    with pytest.raises(ProcessLookupError):
        os.kill(int(ready.read_text()), 0)
