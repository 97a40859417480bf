"""Examine the programs and the clone on this machine: what works, what is missing, and how to fix it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from commonhold.ci.nox_commands import is_python_installed
from commonhold.ci.pythons import in_order, plugin_pythons
from commonhold.effects.process import Command
from commonhold.effects.process.run import run
from commonhold.errors import CommonholdError, ToolError
from commonhold.index.uv import find_uv
from commonhold.text import count, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commonhold.vcs import Repository
    from commonhold.workspace import Workspace

_SECONDS = 10.0
_LOWEST_POETRY_PYTHON = (3, 9)
_HOOKS = {".pre-commit-config.yaml": "pre-commit install", "lefthook.yml": "lefthook install"}
_PYTHON = re.compile(r"python3?(\.[0-9]+)?")
_LOCATE_POETRY = (
    "import importlib.util as u, sys; print(sys.prefix, *sys.version_info[:2], bool(u.find_spec('poetry')), sep='\\n')"
)


class Health(Enum):
    """The state of one part of the environment; ``MISSING`` means that commands fail without it."""

    GOOD = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Examination:
    """The state of one part of the environment, and the next step if it is not good."""

    part: str
    health: Health
    text: str
    advice: str = ""


def examine(repository: Repository, workspace: Workspace, environ: Mapping[str, str]) -> Iterator[Examination]:
    """Examine everything that work on the plugins of a repository needs."""
    yield _git(repository)
    yield from _pythons(workspace)
    yield _uv(environ)
    yield _nox()
    if users := poetry_users(workspace):
        yield examine_poetry(users, poetry_environments(environ))
    yield _hooks(repository)
    yield _remotes(repository)
    yield _default_branch(repository, workspace)


def _git(repository: Repository) -> Examination:
    words = _first_line(repository.git.output("--version"))
    if repository.shallow:
        advice = "Run `git fetch --unshallow`: some comparisons need older commits."
        return Examination("git", Health.WARNING, f"{words}; this clone is shallow", advice)
    return Examination("git", Health.GOOD, words)


def _pythons(workspace: Workspace) -> Iterator[Examination]:
    users: dict[str, list[str]] = {}
    for plugin in workspace.plugins.values():
        for python in plugin_pythons(plugin, workspace).versions:
            users.setdefault(python, []).append(plugin.name)
    found = {python: is_python_installed(python) for python in in_order(users)}
    for python, is_found in found.items():
        if is_found:
            yield Examination(f"Python {python}", Health.GOOD, f"{count(len(users[python]), 'plugin')} tested on it")
        else:
            # Sessions for a Python that is not here are left to CI, so one Python is enough to work.
            health = Health.WARNING if any(found.values()) else Health.MISSING
            text = f"not installed; {count(len(users[python]), 'plugin')} tested on it"
            yield Examination(f"Python {python}", health, text, f"Run `uv python install {python}`.")


def _uv(environ: Mapping[str, str]) -> Examination:
    try:
        words = _first_line(run(Command((find_uv(environ), "--version"), timeout=_SECONDS)).stdout)
    except ToolError as error:
        advice = "Releases need uv, and sessions are faster with it: run `python -m pip install uv`."
        return Examination("uv", Health.WARNING, error.message, advice)
    return Examination("uv", Health.GOOD, words)


def _nox() -> Examination:
    try:
        return Examination("nox", Health.GOOD, f"nox {version('nox')}")
    except PackageNotFoundError:
        return Examination("nox", Health.MISSING, "not installed", "Run `python -m pip install nox`.")


def poetry_users(workspace: Workspace) -> tuple[str, ...]:
    """Return the plugins that are built with Poetry."""
    names = {"poetry", "poetry-core"}
    plugins = workspace.plugins.values()
    return tuple(each.name for each in plugins if names & {need.name for need in each.metadata.build})


@dataclass(frozen=True, slots=True, order=True)
class PoetryEnvironment:
    """A Python environment that contains Poetry, and its Python version."""

    prefix: str
    python: tuple[int, int]


def poetry_environments(environ: Mapping[str, str]) -> tuple[PoetryEnvironment, ...]:
    """Return the environments with Poetry, of the interpreters on ``PATH`` and of the ``poetry`` scripts there."""
    interpreters: dict[str, None] = {}
    for folder in dict.fromkeys(environ.get("PATH", "").split(os.pathsep)):
        for name in _names(folder):
            path = os.path.join(folder, name)
            if _PYTHON.fullmatch(name):
                interpreters[path] = None
            elif name == "poetry" and (interpreter := _shebang(path)):
                interpreters[interpreter] = None
    found = set()
    for interpreter in interpreters:
        if os.access(interpreter, os.X_OK):
            finished = run(Command((interpreter, "-I", "-c", _LOCATE_POETRY), timeout=_SECONDS))
            lines = os.fsdecode(finished.stdout).splitlines()
            if finished.code == 0 and len(lines) == 4 and lines[3] == "True":
                found.add(PoetryEnvironment(lines[0], (int(lines[1]), int(lines[2]))))
    return tuple(sorted(found))


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder or "."))
    except OSError:
        return []


def _shebang(path: str) -> str | None:
    try:
        with open(os.path.realpath(path), "rb") as file:
            line = os.fsdecode(file.readline(1024)).strip()
    except OSError:
        return None
    return line[2:].split()[0] if line.startswith("#!/") and "env " not in line else None


def examine_poetry(users: Iterable[str], found: tuple[PoetryEnvironment, ...]) -> Examination:
    """Judge the installed Poetries: exactly one, on a Python that it supports."""
    names = count(len([*users]), "plugin")
    if not found:
        advice = "Run `pipx install poetry` or `uv tool install poetry`."
        return Examination("Poetry", Health.MISSING, f"not installed; {names} built with it", advice)
    places = ", ".join(printable(each.prefix) for each in found)
    if len(found) > 1:
        advice = "Uninstall all but one: which one runs depends on the order of PATH."
        return Examination("Poetry", Health.MISSING, f"installed {len(found)} times: {places}", advice)
    (only,) = found
    python = ".".join(map(str, only.python))
    if only.python < _LOWEST_POETRY_PYTHON:
        return Examination(
            "Poetry", Health.MISSING, f"it runs on Python {python}", "Install it on Python 3.9 or newer."
        )
    return Examination("Poetry", Health.GOOD, f"installed once, on Python {python} ({places})")


def _hooks(repository: Repository) -> Examination:
    configured = [name for name in _HOOKS if os.path.exists(os.path.join(repository.root, name))]
    if not configured:
        return Examination("hooks", Health.GOOD, "the repository has no configuration of hooks")
    folder = os.fsdecode(repository.git.output("rev-parse", "--git-path", "hooks")).strip()
    if os.path.exists(os.path.join(repository.git.folder, folder, "pre-commit")):
        return Examination("hooks", Health.GOOD, "a pre-commit hook is installed")
    advice = f"Run `{_HOOKS[configured[0]]}` to check commits before CI does."
    return Examination("hooks", Health.WARNING, f"{configured[0]} exists, but no hook is installed", advice)


def _remotes(repository: Repository) -> Examination:
    names = os.fsdecode(repository.git.output("remote")).split()
    if not names:
        advice = "Run `git remote add origin ADDRESS`."
        return Examination("remotes", Health.WARNING, "this clone has no remote", advice)
    # Addresses may contain passwords, so only the names are shown.
    if "origin" not in names:
        return Examination(
            "remotes", Health.WARNING, f"{', '.join(names)}, but no origin", "commonhold compares with origin."
        )
    return Examination("remotes", Health.GOOD, ", ".join(map(printable, names)))


def _default_branch(repository: Repository, workspace: Workspace) -> Examination:
    finished = repository.git.attempt("symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if finished.code == 0:
        return Examination("default branch", Health.GOOD, _first_line(finished.stdout))
    configured = workspace.config.default_branch
    if configured is not None:
        text = f"{configured}, as configured; origin/HEAD is not set"
        return Examination("default branch", Health.GOOD, text)
    usual = [name for name in ("main", "master") if _exists(repository, name)]
    if usual:
        advice = "Run `git remote set-head origin --auto`, or set default-branch in [tool.commonhold]."
        return Examination("default branch", Health.WARNING, f"{usual[0]}, a guess: origin/HEAD is not set", advice)
    advice = "Set default-branch in [tool.commonhold], or pass --base to each command."
    return Examination("default branch", Health.MISSING, "unknown: comparisons have no base", advice)


def _exists(repository: Repository, branch: str) -> bool:
    try:
        return repository.commits(branch)[0] is not None
    except CommonholdError:
        return False


def _first_line(data: bytes) -> str:
    return printable((os.fsdecode(data).splitlines() or [""])[0])
