"""Both runners start programs without a shell, and return their end as a value."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from commonhold.effects.process import Command, Finished
from commonhold.effects.process.run import GroupRunner, TimedOutError, run
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import ToolError
from tests.support.processes import is_alive, read_pid, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from commonhold.effects.process import Runner

SLEEP = "import os, sys, time; open(sys.argv[1], 'w').write(f'{os.getpid()}\\n'); time.sleep(600)"
STARTS_SLEEP = "sleep 600 & echo $! > {}"


@pytest.fixture(params=[SpawnRunner, GroupRunner])
def runner(request: pytest.FixtureRequest) -> Runner:
    made: Runner = request.param()
    return made


def python(code: str, *arguments: str, **settings: Any) -> Command:
    return Command((sys.executable, "-c", code, *arguments), **settings)


def test_a_program_returns_its_exit_code_and_its_output(runner: Runner) -> None:
    command = python("import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(7)")
    assert runner.start(command).wait() == Finished(command.argv, 7, b"out", b"err")


def test_arguments_are_passed_unchanged(runner: Runner) -> None:
    odd = ("a b", "$(echo x)", '"', "\n", "*")
    finished = runner.start(python("import sys; print(sys.argv[1:])", *odd)).wait()
    assert finished.stdout.decode().strip() == repr(list(odd))


def test_the_environment_is_the_complete_environment(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEFT_OUT", "1")
    code = "import os; print(os.environ.get('LEFT_OUT'), os.environ.get('PUT_IN'))"
    assert runner.start(python(code, env={"PUT_IN": "2"})).wait().stdout == b"None 2\n"


def test_without_an_environment_a_program_inherits_the_current_one(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDED_ON", "1")
    assert runner.start(python("import os; print(os.environ['HANDED_ON'])")).wait().stdout == b"1\n"


def test_a_program_runs_in_the_folder_of_its_command(runner: Runner, tmp_path: Path) -> None:
    finished = runner.start(python("import os; print(os.getcwd())", cwd=str(tmp_path))).wait()
    assert finished.stdout.decode() == f"{os.path.realpath(tmp_path)}\n"


def test_input_larger_than_a_pipe_arrives_whole(runner: Runner) -> None:
    data = bytes(range(256)) * 4096
    code = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    assert runner.start(python(code, input=data)).wait().stdout == data


def test_a_program_without_input_does_not_wait_for_the_terminal(runner: Runner) -> None:
    assert runner.start(python("import sys; print(repr(sys.stdin.read()))")).wait().stdout == b"''\n"


def test_a_program_that_does_not_exist_is_an_error(runner: Runner) -> None:
    with pytest.raises(ToolError, match="cannot run no-such-program: "):
        runner.start(Command(("no-such-program",)))


def test_the_fast_start_advises_to_install_a_missing_program() -> None:
    with pytest.raises(ToolError) as caught:
        SpawnRunner().start(Command(("no-such-program",)))
    assert caught.value.hint == "Install no-such-program and try again."


def test_a_file_that_cannot_be_executed_is_an_error(runner: Runner, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("no program")
    program.chmod(0o755)
    with pytest.raises(ToolError, match=r"cannot run .*program: "):
        runner.start(Command((str(program),)))


def test_a_killed_program_has_a_negative_exit_code(runner: Runner) -> None:
    assert runner.start(python("import os; os.kill(os.getpid(), 9)")).wait().code == -9


def test_a_second_wait_returns_the_same_value(runner: Runner) -> None:
    running = runner.start(python("print(1)"))
    assert running.wait() is running.wait()


def test_the_error_text_is_the_end_of_the_errors() -> None:
    finished = Finished(("x",), 1, b"answer", b"".join(b"%d\n" % line for line in range(9)))
    assert finished.error_text() == "4\n5\n6\n7\n8"


def test_the_error_text_falls_back_to_the_output_and_escapes_odd_bytes() -> None:
    assert Finished(("x",), 1, b"caf\xe9\n", b"").error_text() == "caf\\xe9"


def test_the_fast_start_kills_a_program_that_is_not_waited_for(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    running = SpawnRunner().start(python(SLEEP, str(pid_file)))
    pid = read_pid(pid_file)
    del running
    with pytest.raises(ProcessLookupError):  # not even a zombie is left
        os.kill(pid, 0)


def test_the_fast_start_stays_in_the_process_group_of_its_caller() -> None:
    finished = SpawnRunner().start(python("import os; print(os.getpgrp())")).wait()
    assert int(finished.stdout) == os.getpgrp()


@pytest.mark.parametrize("start", [run, lambda command: SpawnRunner().start(command).wait()])
def test_a_program_is_killed_at_its_time_limit_with_its_descendants(tmp_path: Path, start) -> None:
    pid_file = tmp_path / "pid"
    # The program writes the file first, whatever the limit is: a slow machine only makes the test longer.
    seconds = 1.0
    while not (pid_file.exists() and pid_file.read_text()):
        with pytest.raises(TimedOutError, match=f"sh timed out after {seconds:g} s"):
            start(Command(("sh", "-c", f"{STARTS_SLEEP.format(pid_file)}; wait"), timeout=seconds))
        seconds *= 4
    wait_until(lambda: not is_alive(read_pid(pid_file)))


def test_the_descendants_of_a_program_that_has_ended_are_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    assert run(Command(("sh", "-c", STARTS_SLEEP.format(pid_file)))).code == 0
    wait_until(lambda: not is_alive(read_pid(pid_file)))


def test_an_ended_runner_has_killed_its_programs_and_starts_no_more() -> None:
    runner = GroupRunner()
    running = runner.start(Command(("sleep", "600")))
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(running.wait().code))
    thread.start()
    runner.end()
    thread.join()
    assert codes == [-9]
    with pytest.raises(ToolError, match="cannot run true: the runner has been stopped"):
        runner.start(Command(("true",)))
