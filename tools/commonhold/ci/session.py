"""Run one session: install, run the commands, and write a result in every case."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.ci.junit import join_parts, part_path
from commonhold.ci.results import SessionResult, junit_path, write_result
from commonhold.ci.session_plan import finds_no_tests, is_tester, without_project
from commonhold.effects.process import Command
from commonhold.effects.process.run import stream
from commonhold.effects.process.spawn import SpawnRunner
from commonhold.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from commonhold.ci.results import Outcome
    from commonhold.ci.session_plan import SessionPlan
    from commonhold.projects.names import Name


@dataclass(frozen=True, slots=True)
class SessionEnvironment:
    """A virtual environment: its Python, its folder of programs, and the variables for programs in it."""

    python: str
    programs: str
    variables: Mapping[str, str]
    uv: str | None = None

    def install_command(self, arguments: Sequence[str]) -> tuple[str, ...]:
        """Build the command line of the installer."""
        if self.uv is not None:
            return (self.uv, "pip", "install", "--python", self.python, *arguments)
        return (self.python, "-m", "pip", "install", "--disable-pip-version-check", *arguments)


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a plugin. ``core`` is the distribution whose installed version the result records."""

    name: str
    plugin: Name
    python: str
    core: Name | None = None


# If one of these programs is not in the session's environment, it acts on another environment. This happens easily:
# an environment that uv creates has no pip.
_ENVIRONMENT_PROGRAMS = frozenset({"pip", "pip3", "pytest", "py.test"})

# The first two let Python import packages that are not installed. nox sets the third: with it, the uv inside another
# tool, such as hatch, would install into the session's environment instead of the tool's own.
_MISLEADING = frozenset({"PYTHONPATH", "PYTHONHOME", "UV_PYTHON"})


def environment_of(programs: str, variables: Mapping[str, str], uv: str | None) -> SessionEnvironment:
    """Describe the environment with this folder of programs, without variables that point to other environments."""
    windows = os.name == "nt"
    kept = {name: value for name, value in variables.items() if name not in _MISLEADING}
    kept["PATH"] = os.pathsep.join([programs, variables.get("PATH", os.defpath)])
    return SessionEnvironment(os.path.join(programs, "python.exe" if windows else "python"), programs, kept, uv)


class SessionRun:
    """A running session: its log, and the time that it has left."""

    def __init__(self, environment: SessionEnvironment, sinks: Sequence[BinaryIO], minutes: int) -> None:
        self._environment = environment
        self._sinks = sinks
        self._started = time.monotonic()
        self._limit = minutes * 60.0

    @property
    def seconds(self) -> float:
        """The time since the session started."""
        return time.monotonic() - self._started

    def write_line(self, text: str) -> None:
        """Write a line to the log."""
        # Bytes, because the same sinks receive the raw output of programs, which need not be valid UTF-8.
        for sink in self._sinks:
            sink.write(f"{text}\n".encode("utf-8", "backslashreplace"))
            sink.flush()

    def run(self, command: Sequence[str], folder: str, variables: Mapping[str, str]) -> int | None:
        """Run a command; return its exit code, or ``None`` if the session's time ran out."""
        self.write_line(f"$ {shlex.join(command)}")
        env = {**self._environment.variables, **variables}
        if command[0] == "uv":
            env.setdefault("UV_PYTHON", self._environment.python)  # otherwise uv chooses a Python itself
        if command[0] in _ENVIRONMENT_PROGRAMS:
            # A warning, not an error: the tests may rely on a program from outside on purpose.
            found = shutil.which(command[0], path=env["PATH"])
            if found is not None and os.path.dirname(found) != self._environment.programs:
                self.write_line(f"warning: {found} does not belong to the environment of this session")
        return stream(Command(tuple(command), env, folder, timeout=self._limit - self.seconds), self._sinks)


def run_session(
    session: Session, plan: SessionPlan, environment: SessionEnvironment, results: str, sinks: Sequence[BinaryIO]
) -> SessionResult:
    """Run a planned session, and write its result to the folder ``results``.

    ``sinks`` receive the output while the session runs.
    """
    run = SessionRun(environment, sinks, plan.minutes)
    junit = junit_path(results, session.name)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(junit)  # a report of an earlier session must not count for this one
    try:
        _prepare(plan, session.core)
        outcome = _run_commands(plan, environment, run, junit)
    except ToolError as error:  # such as a program that does not exist; the session still needs a result
        run.write_line(f"error: {error.message}")
        outcome = "failed"
    for problem in join_parts(_parts(plan), junit):
        run.write_line(f"warning: {problem}")
    if outcome == "timed-out":
        run.write_line(f"error: the session reached its time limit of {plan.minutes} min")
    core = None if session.core is None else installed_version(environment, session.core)
    seconds = round(run.seconds, 3)
    result = SessionResult(
        session.name, session.plugin, session.python, outcome, seconds, core, os.environ.get("RUNNER_OS")
    )
    write_result(results, result)
    return result


def _run_commands(plan: SessionPlan, environment: SessionEnvironment, run: SessionRun, junit: str) -> Outcome:
    if plan.install:
        constraints = ("-c", _constraints_path(plan)) if plan.constraints else ()
        command = environment.install_command((*constraints, *plan.install))
        code = run.run(command, plan.folder, _variables(plan, junit))
        if code != 0:
            return "timed-out" if code is None else "install-failed"
    no_tests = not plan.commands
    # A single test run writes the final report directly, so that `{junit}` is its path. Several runs would overwrite
    # one another, so each of them writes a part, and the parts are joined afterwards.
    single = sum(map(is_tester, plan.commands)) == 1
    for number, command in enumerate(plan.commands):
        report = junit if is_tester(command) and single else part_path(_parts(plan), number)
        code = run.run(command, plan.folder, _variables(plan, report))
        if code is not None and finds_no_tests(command, code):
            run.write_line("warning: no tests were found")
            no_tests = True
        elif code != 0:
            return "timed-out" if code is None else "failed"
    return "no-tests" if no_tests else "passed"


def _variables(plan: SessionPlan, report: str) -> dict[str, str]:
    """List the variables for a command; tox passes on only those that its ``pass_env`` names."""
    # pytest reads its options from the environment, so the report is written however deep pytest is called.
    options = [os.environ.get("PYTEST_ADDOPTS", ""), plan.env.get("PYTEST_ADDOPTS", "")]
    options.append(f"--junitxml={shlex.quote(report)}")
    return {**plan.env, "PYTEST_ADDOPTS": " ".join(filter(None, options)), **_constraint_variables(plan)}


def _prepare(plan: SessionPlan, core: Name | None) -> None:
    """Write the constraints file and loosen pins in the session's copy of the repository."""
    if plan.constraints:
        _write(_constraints_path(plan), "".join(f"{line}\n" for line in plan.constraints))
    # The pin would contradict the newer core that this session installs.
    for pin in plan.loosen if core is not None else ():
        path = os.path.join(plan.root, pin)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        _write(path, without_project(text, core or ""))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _parts(plan: SessionPlan) -> str:
    return os.path.join(plan.root, ".commonhold-reports")


def _constraints_path(plan: SessionPlan) -> str:
    return os.path.join(plan.root, ".commonhold-constraints.txt")


def _constraint_variables(plan: SessionPlan) -> dict[str, str]:
    """List the variables that apply the constraints to installers inside commands and builds."""
    path = _constraints_path(plan)
    # pip and uv split these variables at spaces, so a path with a space cannot be passed.
    if not plan.constraints or re.search(r"\s", path):
        return {}
    names = ("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT")
    return {name: " ".join(filter(None, [os.environ.get(name), path])) for name in names}


def installed_version(environment: SessionEnvironment, distribution: Name) -> str | None:
    """Return the version of a distribution in the environment, or ``None`` if it is not installed."""
    # In the session's own Python: this process has different packages installed.
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    command = Command((environment.python, "-c", code, distribution), environment.variables)
    finished = SpawnRunner().start(command).wait()
    return finished.stdout.decode("ascii", "replace").strip() or None if finished.code == 0 else None
