"""One session: install, run the commands, and leave a result, whatever happens."""

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
    """A virtual environment: its Python, its folder of programs, and the variables that programs in it get."""

    python: str
    programs: str
    variables: Mapping[str, str]
    uv: str | None = None

    def install_command(self, arguments: Sequence[str]) -> tuple[str, ...]:
        """The installer's command line."""
        if self.uv is not None:
            return (self.uv, "pip", "install", "--python", self.python, *arguments)
        return (self.python, "-m", "pip", "install", "--disable-pip-version-check", *arguments)


@dataclass(frozen=True, slots=True)
class Session:
    """What a session is about. ``core`` is the distribution whose installed version the result tells."""

    session: str
    plugin: Name
    python: str
    core: Name | None = None


# What of these is not of the session's own environment acts on another one: uv, for one, makes none with pip in it.
_OF_AN_ENVIRONMENT = frozenset({"pip", "pip3", "pytest", "py.test"})

# The first two show a Python what is not installed. By the third, which nox sets, the uv inside of another tool, such
# as hatch, would install into the session's environment, and not into the one that the tool has made for the tests.
_LEADING_ASTRAY = frozenset({"PYTHONPATH", "PYTHONHOME", "UV_PYTHON"})


def environment_of(programs: str, variables: Mapping[str, str], uv: str | None) -> SessionEnvironment:
    """The environment whose programs lie in ``programs``, with those variables that do not lead out of it."""
    windows = os.name == "nt"
    kept = {name: value for name, value in variables.items() if name not in _LEADING_ASTRAY}
    kept["PATH"] = os.pathsep.join([programs, variables.get("PATH", os.defpath)])
    return SessionEnvironment(os.path.join(programs, "python.exe" if windows else "python"), programs, kept, uv)


class SessionRun:
    """A session under way: what it wrote, and how much of its time is left."""

    def __init__(self, environment: SessionEnvironment, sinks: Sequence[BinaryIO], minutes: int) -> None:
        self._environment = environment
        self._sinks = sinks
        self._started = time.monotonic()
        self._limit = minutes * 60.0

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        """Write a line into the log."""
        for sink in self._sinks:
            sink.write(f"{text}\n".encode("utf-8", "backslashreplace"))
            sink.flush()

    def run(self, command: Sequence[str], folder: str, variables: Mapping[str, str]) -> int | None:
        """Run a command; its exit code, or ``None`` when the session's time is over."""
        self.say(f"$ {shlex.join(command)}")
        env = {**self._environment.variables, **variables}
        if command[0] == "uv":
            env.setdefault("UV_PYTHON", self._environment.python)  # which it would else choose by itself
        if command[0] in _OF_AN_ENVIRONMENT:
            found = shutil.which(command[0], path=env["PATH"])
            if found is not None and os.path.dirname(found) != self._environment.programs:
                self.say(f"warning: {found} is of another environment than this session's")
        return stream(Command(tuple(command), env, folder, timeout=self._limit - self.seconds), self._sinks)


def run_session(
    subject: Session, recipe: SessionPlan, environment: SessionEnvironment, results: str, sinks: Sequence[BinaryIO]
) -> SessionResult:
    """Carry a recipe out, and write its result into the folder ``results``.

    ``sinks`` get all that is written, as it is written.
    """
    attempt = SessionRun(environment, sinks, recipe.minutes)
    junit = junit_path(results, subject.session)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(junit)  # of an earlier session
    try:
        _prepare(recipe, subject.core)
        outcome = _carry_out(recipe, environment, attempt, junit)
    except ToolError as error:
        attempt.say(f"error: {error.message}")
        outcome = "failed"
    for problem in join_parts(_parts(recipe), junit):
        attempt.say(f"warning: {problem}")
    if outcome == "timed-out":
        attempt.say(f"error: ended by its time limit of {recipe.minutes} min")
    core = None if subject.core is None else installed_version(environment, subject.core)
    seconds = round(attempt.seconds, 3)
    result = SessionResult(
        subject.session, subject.plugin, subject.python, outcome, seconds, core, os.environ.get("RUNNER_OS")
    )
    write_result(results, result)
    return result


def _carry_out(recipe: SessionPlan, environment: SessionEnvironment, attempt: SessionRun, junit: str) -> Outcome:
    if recipe.install:
        constraints = ("-c", _constraints_path(recipe)) if recipe.constraints else ()
        command = environment.install_command((*constraints, *recipe.install))
        code = attempt.run(command, recipe.folder, _variables(recipe, junit))
        if code != 0:
            return "timed-out" if code is None else "install-failed"
    nothing = not recipe.commands
    single = sum(map(is_tester, recipe.commands)) == 1
    for number, command in enumerate(recipe.commands):
        report = junit if is_tester(command) and single else part_path(_parts(recipe), number)
        code = attempt.run(command, recipe.folder, _variables(recipe, report))
        if code is not None and finds_no_tests(command, code):
            attempt.say("warning: no tests were found")
            nothing = True
        elif code != 0:
            return "timed-out" if code is None else "failed"
    return "no-tests" if nothing else "passed"


def _variables(recipe: SessionPlan, report: str) -> dict[str, str]:
    """What the recipe adds to the environment of a command; of this, tox lets through what its ``pass_env`` names."""
    options = [os.environ.get("PYTEST_ADDOPTS", ""), recipe.env.get("PYTEST_ADDOPTS", "")]
    options.append(f"--junitxml={shlex.quote(report)}")
    return {**recipe.env, "PYTEST_ADDOPTS": " ".join(filter(None, options)), **_constraint_variables(recipe)}


def _prepare(recipe: SessionPlan, core: Name | None) -> None:
    """Write what the recipe needs into its copy of the repository."""
    if recipe.constraints:
        _write(_constraints_path(recipe), "".join(f"{line}\n" for line in recipe.constraints))
    for pin in recipe.loosen if core is not None else ():
        path = os.path.join(recipe.root, pin)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        _write(path, without_project(text, core or ""))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _parts(recipe: SessionPlan) -> str:
    return os.path.join(recipe.root, ".commonhold-reports")


def _constraints_path(recipe: SessionPlan) -> str:
    return os.path.join(recipe.root, ".commonhold-constraints.txt")


def _constraint_variables(recipe: SessionPlan) -> dict[str, str]:
    """The variables that make installers inside the commands, and in builds, obey the constraints."""
    path = _constraints_path(recipe)
    # Both installers split these variables at blanks.
    if not recipe.constraints or re.search(r"\s", path):
        return {}
    names = ("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT")
    return {name: " ".join(filter(None, [os.environ.get(name), path])) for name in names}


def installed_version(environment: SessionEnvironment, distribution: Name) -> str | None:
    """The version of a distribution in the environment, or ``None``."""
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    command = Command((environment.python, "-c", code, distribution), environment.variables)
    finished = SpawnRunner().start(command).wait()
    return finished.stdout.decode("ascii", "replace").strip() or None if finished.code == 0 else None
