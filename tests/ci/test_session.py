"""A session under way: whatever happens in it, it leaves a log and a result."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from commonhold.ci.junit import failed_tests, read_report
from commonhold.ci.results import SessionResult, read_result
from commonhold.ci.session import Session, SessionEnvironment, environment_of, run_session
from commonhold.ci.session_plan import SessionPlan
from commonhold.projects.names import Name

if TYPE_CHECKING:
    from pathlib import Path

SUBJECT = Session("a-3.11", Name("a"), "3.11", Name("pytest"))
PY = os.path.basename(sys.executable)


@dataclass(frozen=True)
class Bench:
    """A folder with a copy to work in, one for results, and this Python as the environment."""

    root: Path
    environment: SessionEnvironment

    def run(self, *commands: tuple[str, ...], **more: object) -> tuple[SessionResult, str]:
        """Carry commands out; the result, and the log."""
        copy = str(self.root / "copy")
        made = replace(SessionPlan(copy, copy, (), commands, {}, (), (), 10), **more)  # type: ignore[arg-type]
        log = io.BytesIO()
        result = run_session(SUBJECT, made, self.environment, str(self.root / "results"), [log])
        assert read_result(str(self.root / "results" / "a-3.11.json")) == result
        return result, log.getvalue().decode(errors="backslashreplace")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "copy").mkdir()
    programs = os.path.dirname(sys.executable)
    environment = environment_of(programs, {**os.environ, "PYTHONPATH": "/somewhere"}, None)
    return Bench(tmp_path, replace(environment, python=sys.executable))


def python(code: str) -> tuple[str, ...]:
    return (PY, "-c", code)


def script(place: Path, text: str) -> Path:
    """A program in a folder of its own."""
    place.parent.mkdir()
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return place


def test_a_session_whose_commands_all_succeed_has_passed(bench: Bench) -> None:
    result, log = bench.run(python("print('one')"), python("print('two')"))
    assert (result.outcome, result.core, result.os) == ("passed", pytest.__version__, None)
    assert log.index("one\n") < log.index("two\n")
    assert log.startswith(f"$ {PY} -c ")


def test_the_first_command_that_fails_is_the_last_that_runs(bench: Bench) -> None:
    result, log = bench.run(python("raise SystemExit(3)"), python("print('never ' + 'reached')"))
    assert result.outcome == "failed"
    assert "never reached" not in log


def test_a_program_that_is_not_there_fails_with_a_sentence(bench: Bench) -> None:
    result, log = bench.run(("no-such-program",))
    assert result.outcome == "failed"
    assert "error: cannot run no-such-program" in log


def test_a_failed_installation_runs_no_tests(bench: Bench) -> None:
    result, log = bench.run(python("print('never ' + 'reached')"), install=("--no-such-option",))
    assert result.outcome == "install-failed"
    assert "never reached" not in log


def test_a_session_ends_with_its_time(bench: Bench) -> None:
    result, log = bench.run(python("import time; time.sleep(600)"), minutes=0)
    assert result.outcome == "timed-out"
    assert "error: the session reached its time limit of 0 min" in log


def test_missing_tests_are_reported_and_later_commands_run(bench: Bench, tmp_path: Path) -> None:
    fake = script(tmp_path / "bin" / "pytest", "exit 5")
    result, log = bench.run((str(fake),), python("print('reached')"))
    assert result.outcome == "no-tests"
    assert "warning: no tests were found" in log
    assert "\nreached\n" in log


def test_a_session_without_commands_has_no_tests(bench: Bench) -> None:
    result, _ = bench.run()
    assert result.outcome == "no-tests"


def test_pytest_writes_its_report_without_a_command_line_option(bench: Bench) -> None:
    (bench.root / "copy" / "test_it.py").write_text("def test_it():\n    pass\n")
    result, log = bench.run((PY, "-m", "pytest", "-p", "no:cacheprovider"), env={"PYTEST_ADDOPTS": "-q"})
    assert result.outcome == "passed", log
    assert "1 passed" in log
    assert 'name="test_it"' in (bench.root / "results" / "a-3.11.xml").read_text()


def test_each_command_that_runs_pytest_adds_to_the_report(bench: Bench) -> None:
    for name in ("one", "two"):
        (bench.root / "copy" / f"test_{name}.py").write_text(f"def test_{name}():\n    pass\n")
    report = bench.root / "results" / "a-3.11.xml"
    report.parent.mkdir()
    report.write_text("of an earlier session")
    result, _ = bench.run(*((PY, "-m", "pytest", f"test_{name}.py") for name in ("one", "two")))
    assert result.outcome == "passed"
    assert [case.get("name") for case in ET.parse(report).iter("testcase")] == ["test_one", "test_two"]


def test_environments_of_a_tool_have_a_report_each(bench: Bench) -> None:
    (bench.root / "copy" / "test_it.py").write_text("import os\n\ndef test_it():\n    assert not os.environ['FAIL']\n")
    command = f"TOX_ENV_NAME=a FAIL=1 {PY} -m pytest; TOX_ENV_NAME=b FAIL= {PY} -m pytest"
    bench.run(("sh", "-c", command))
    report = read_report(str(bench.root / "results" / "a-3.11.xml"))
    assert len(list(report.iter("testcase"))) == 2
    assert failed_tests(report) == ["test_it::test_it"]


def test_an_invalid_report_is_a_warning_and_keeps_the_outcome(bench: Bench) -> None:
    code = "import os, shlex; path = shlex.split(os.environ['PYTEST_ADDOPTS'])[-1].partition('=')[2]\n"
    code += "os.makedirs(os.path.dirname(path)); open(path, 'w').write('<testsuites')"
    result, log = bench.run(python(code))
    assert result.outcome == "passed"
    assert "warning: " in log
    assert "is not a JUnit file" in log


def test_a_program_of_another_environment_is_a_warning(bench: Bench, tmp_path: Path) -> None:
    other = script(tmp_path / "other" / "pip", "exit 0")
    empty = tmp_path / "empty"
    environment = replace(bench.environment, programs=str(empty))
    variables = {**environment.variables, "PATH": os.pathsep.join((str(empty), str(other.parent), os.environ["PATH"]))}
    _, log = Bench(bench.root, replace(environment, variables=variables)).run(("pip", "install", "six"))
    assert log.splitlines()[1] == f"warning: {other} is not in this session's environment"


def test_only_uv_itself_gets_the_python_variable(bench: Bench, tmp_path: Path) -> None:
    uv = script(tmp_path / "bin" / "uv", "echo uv gets $UV_PYTHON")
    environment = environment_of(str(uv.parent), {**os.environ, "UV_PYTHON": "/session"}, None)
    environment = replace(environment, python=sys.executable)
    _, log = Bench(bench.root, environment).run(("uv", "run"), ("sh", "-c", "echo another gets $UV_PYTHON."))
    assert f"\nuv gets {sys.executable}\n" in log
    assert "\nanother gets .\n" in log


def test_commands_see_the_programs_and_settings_of_the_environment_only(bench: Bench) -> None:
    code = "import os; print(os.environ['PATH'].split(os.pathsep)[0], os.environ['HELLO'], 'PYTHONPATH' in os.environ)"
    _, log = bench.run(python(code), env={"HELLO": "there"})
    assert log.splitlines()[1] == f"{os.path.dirname(sys.executable)} there False"


def test_installers_inside_commands_obey_the_constraints_too(bench: Bench) -> None:
    code = "import os; print(open(os.environ['PIP_CONSTRAINT']).read(), os.environ['UV_CONSTRAINT'])"
    _, log = bench.run(python(code), constraints=("numpy<2", "six"))
    assert "numpy<2\nsix\n" in log


def test_a_pin_is_loosened_in_the_copy(bench: Bench) -> None:
    (bench.root / "copy" / "constraints.txt").write_text("pytest==1\nsix==1\n")
    bench.run(loosen=("constraints.txt",))
    assert (bench.root / "copy" / "constraints.txt").read_text() == "six==1\n"


def test_names_that_are_no_text_reach_the_log_as_they_are(bench: Bench) -> None:
    folder = os.fsencode(bench.root / "copy") + b"/caf\xe9"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system wants text")
    result, log = bench.run(("echo", os.fsdecode(folder)))
    assert result.outcome == "passed"
    command, said = log.splitlines()
    assert "caf\\udce9" in command
    assert said.endswith("caf\\xe9")


def test_uv_installs_into_the_environment_it_is_given() -> None:
    environment = SessionEnvironment("/venv/bin/python", "/venv/bin", {}, "uv")
    assert environment.install_command(["x"]) == ("uv", "pip", "install", "--python", "/venv/bin/python", "x")
