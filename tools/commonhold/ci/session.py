"""Run one session: install packages, run commands, and always write a result."""

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

    from commonhold.ci.kept_environment import KeptEnvironment
    from commonhold.ci.results import Outcome
    from commonhold.ci.session_plan import SessionPlan
    from commonhold.projects.names import Name


@dataclass(frozen=True, slots=True)
class SessionEnvironment:
    """A virtual environment: its Python, the folder that contains its programs, and the environment variables for them.

    ``kept`` decides whether the packages of an earlier run are reused; if it is ``None``, the environment is new.
    """

    python: str
    programs: str
    variables: Mapping[str, str]
    uv: str | None = None
    kept: KeptEnvironment | None = None

    def install_command(self, arguments: Sequence[str], *, upgrade: bool = False) -> tuple[str, ...]:
        """Build the installer's command line; with ``upgrade``, it upgrades packages as if the environment were new."""
        if self.uv is not None:
            upgraded = ["--upgrade"] if upgrade else []
            return (self.uv, "pip", "install", "--python", self.python, *upgraded, *arguments)
        upgraded = ["--upgrade", "--upgrade-strategy", "eager"] if upgrade else []
        return (self.python, "-m", "pip", "install", "--disable-pip-version-check", *upgraded, *arguments)


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a plugin. ``core`` is the distribution whose installed version the result records."""

    name: str
    plugin: Name
    python: str
    core: Name | None = None


# If one of these programs is missing from the session's environment, PATH finds a copy that acts on another
# environment. For example, environments that uv creates do not contain pip.
_ENVIRONMENT_PROGRAMS = frozenset({"pip", "pip3", "pytest", "py.test"})

# PYTHONPATH and PYTHONHOME let Python import packages that are not installed. nox sets UV_PYTHON, which would make a
# tool's own uv, such as hatch's, install into the session's environment instead of the tool's environment.
_MISLEADING = frozenset({"PYTHONPATH", "PYTHONHOME", "UV_PYTHON"})


def environment_of(programs: str, variables: Mapping[str, str], uv: str | None) -> SessionEnvironment:
    """Return the environment whose programs are in this folder, without variables that point to other environments."""
    windows = os.name == "nt"
    kept = {name: value for name, value in variables.items() if name not in _MISLEADING}
    kept["PATH"] = os.pathsep.join([programs, variables.get("PATH", os.defpath)])
    return SessionEnvironment(os.path.join(programs, "python.exe" if windows else "python"), programs, kept, uv)


class SessionRun:
    """A running session, with its log and its time limit."""

    def __init__(self, environment: SessionEnvironment, sinks: Sequence[BinaryIO], minutes: int) -> None:
        self._environment = environment
        self._sinks = sinks
        self._started = time.monotonic()
        self._limit = minutes * 60.0

    @property
    def seconds(self) -> float:
        """The seconds since the session started."""
        return time.monotonic() - self._started

    def write_line(self, text: str) -> None:
        """Write a line to the log."""
        # Write bytes, because the sinks also receive the raw output of programs, which may not be valid UTF-8.
        for sink in self._sinks:
            sink.write(f"{text}\n".encode("utf-8", "backslashreplace"))
            sink.flush()

    def run(self, command: Sequence[str], folder: str, variables: Mapping[str, str]) -> int | None:
        """Run a command; return its exit code, or ``None`` if the session reached its time limit."""
        self.write_line(f"$ {shlex.join(command)}")
        env = {**self._environment.variables, **variables}
        if command[0] == "uv":
            env.setdefault("UV_PYTHON", self._environment.python)  # otherwise uv may choose another Python
        if command[0] in _ENVIRONMENT_PROGRAMS:
            # Only warn, because the tests may use a program outside the environment on purpose.
            found = shutil.which(command[0], path=env["PATH"])
            if found is not None and os.path.dirname(found) != self._environment.programs:
                self.write_line(f"warning: {found} is not in this session's environment")
        return stream(Command(tuple(command), env, folder, timeout=self._limit - self.seconds), self._sinks)


def run_session(
    session: Session, plan: SessionPlan, environment: SessionEnvironment, results: str, sinks: Sequence[BinaryIO]
) -> SessionResult:
    """Run a planned session and write its result to the folder ``results``.

    ``sinks`` receive the output while the session runs.
    """
    run = SessionRun(environment, sinks, plan.minutes)
    junit = junit_path(results, session.name)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(junit)  # an earlier session's report must not count for this session
    try:
        _prepare(plan, session.core)
        outcome = _run_commands(plan, environment, run, junit)
    except ToolError as error:  # for example, a program does not exist; the session still needs a result
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
    code = _install(plan, environment, run, junit)
    if code != 0:
        return "timed-out" if code is None else "install-failed"
    no_tests = not plan.commands
    # A single test run writes the final report directly, so that `{junit}` is its path. Several test runs would
    # overwrite that file, so each run writes its own part, and the parts are joined afterwards.
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


def _install(plan: SessionPlan, environment: SessionEnvironment, run: SessionRun, junit: str) -> int | None:
    """Install the packages; return the installer's exit code, or ``None`` if the session reached its time limit."""
    constraints = ("-c", _constraints_path(plan)) if plan.constraints else ()

    def install(upgrade: bool) -> int | None:
        if not plan.install:
            return 0
        command = environment.install_command((*constraints, *plan.install), upgrade=upgrade)
        return run.run(command, plan.folder, _variables(plan, junit))

    kept = environment.kept
    return install(False) if kept is None else kept.install(plan, environment.variables, install, run.write_line)


def _variables(plan: SessionPlan, report: str) -> dict[str, str]:
    """Return a command's environment variables; tox only passes on the variables listed in ``pass_env``."""
    # pytest reads these options from the environment, so it writes the report even if another tool starts it.
    options = [os.environ.get("PYTEST_ADDOPTS", ""), plan.env.get("PYTEST_ADDOPTS", "")]
    options.append(f"--junitxml={shlex.quote(report)}")
    return {**plan.env, "PYTEST_ADDOPTS": " ".join(filter(None, options)), **_constraint_variables(plan)}


def _prepare(plan: SessionPlan, core: Name | None) -> None:
    """Write the constraints file and loosen pins in the session's copy of the repository."""
    if plan.constraints:
        _write(_constraints_path(plan), "".join(f"{line}\n" for line in plan.constraints))
    # These pins would conflict with the newer core that this session installs.
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
    """Return the variables that apply the constraints to installers inside commands and builds."""
    path = _constraints_path(plan)
    # pip and uv split these variables at spaces, so a path that contains a space cannot be passed.
    if not plan.constraints or re.search(r"\s", path):
        return {}
    names = ("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT")
    return {name: " ".join(filter(None, [os.environ.get(name), path])) for name in names}


def installed_version(environment: SessionEnvironment, distribution: Name) -> str | None:
    """Return the version of a distribution in the environment, or ``None`` if it is not installed."""
    # Ask the session's own Python, because this process runs in a different environment.
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    command = Command((environment.python, "-c", code, distribution), environment.variables)
    finished = SpawnRunner().start(command).wait()
    return finished.stdout.decode("ascii", "replace").strip() or None if finished.code == 0 else None
