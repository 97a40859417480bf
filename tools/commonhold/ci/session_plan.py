"""Plan the packages that a session installs and the commands that it runs, before anything runs."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

from commonhold.ci.job_plan import MINUTES
from commonhold.errors import ConfigurationError, ToolError
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from commonhold.workspace.config import Config
    from commonhold.workspace.model import Plugin, Workspace

CoreChoice: TypeAlias = Literal["pinned", "newest", "prerelease"]
"""The core to install: the pinned version (or the core in the tree), or the newest (pre-)release on the index."""

TEST = ("pytest {posargs}",)
"""The default test command."""

USUAL = "{usual}"
"""The placeholder in ``install`` for everything that is installed by default."""

TEST_NAMES = ("test", "tests", "testing", "dev")
"""The extras and dependency groups that contain test dependencies."""

_TEST_FILES = re.compile(
    r"(?:dev|test|tests)-requirements[^/]*\.(?:in|txt)|requirements-(?:dev|test|tests)\.(?:in|txt)"
)
_PIN_FILES = (".txt", ".in")
_TESTERS = frozenset({"pytest", "py.test", "unittest"})
# `uv run pytest` and similar commands exit with pytest's exit code. tox and hatch are not listed because they run
# several commands.
_RUNNERS = frozenset({"uv", "poetry", "pdm"})
_POSARGS = "{posargs}"
_PLACEHOLDER = re.compile(r"\{(python-nodot|python|name|path|root|junit)\}")


@dataclass(frozen=True, slots=True)
class SessionContext:
    """The context of a session.

    ``root`` is the session's copy of the repository, and ``junit`` is the path of the session's report.
    """

    root: str
    python: str
    junit: str
    posargs: tuple[str, ...] = ()
    uv: bool = False
    core: CoreChoice = "pinned"


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """The steps of a session.

    ``root`` is the session's copy of the repository. ``install`` contains the arguments for ``pip install`` or ``uv pip
    install``, and is empty if there is nothing to install. ``commands`` then run in ``folder``. ``constraints`` are the
    lines of a constraints file, which environment variables also pass to installers inside the commands. ``loosen`` are
    pin files from which the core's line must be removed.
    """

    root: str
    folder: str
    install: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    env: Mapping[str, str]
    constraints: tuple[str, ...]
    loosen: tuple[str, ...]
    minutes: int


def plan_session(
    plugin: Plugin, workspace: Workspace, context: SessionContext, files: frozenset[str], groups: Sequence[str] = ()
) -> SessionPlan:
    """Plan a plugin's session.

    ``files`` are the paths in the session's copy, and ``groups`` are the requirements of the plugin's test dependency
    groups. Raises ``ConfigurationError`` for a command that cannot be split into words, and ``ToolError`` if
    ``resolution`` needs uv but uv is not used.
    """
    testing = plugin.testing
    fill = _Filler(plugin, context, workspace.config)
    pins = pin_files(workspace, files)
    usual = [*_projects(plugin, workspace, context, files), *groups, *_core(plugin, workspace, context)]
    # A configured test command installs its own tools; the default command needs pytest.
    usual += ["pytest"] if testing.test is None else []
    usual += constraint_arguments(pins, context)
    arguments = (USUAL,) if testing.install is None else testing.install
    commands = (*(testing.before or ()), *(TEST if testing.test is None else testing.test))
    install = [word for text in arguments for word in (usual if text == USUAL else [fill.word(text)])]
    return SessionPlan(
        root=context.root,
        folder=os.path.join(context.root, plugin.path),
        install=(*_resolution(plugin, context), *install) if install else (),
        commands=tuple(fill.command(text) for text in commands),
        env={name: fill.word(value) for name, value in (testing.env or {}).items()},
        constraints=testing.constraints or (),
        loosen=() if context.core == "pinned" else tuple(pins),
        minutes=testing.timeout or MINUTES,
    )


def _projects(plugin: Plugin, workspace: Workspace, context: SessionContext, files: frozenset[str]) -> Iterator[str]:
    """Yield the plugin with its test dependencies, and the plugins in the repository that it requires."""
    extras = [name for name in TEST_NAMES if name in plugin.metadata.extras]
    yield os.path.join(context.root, plugin.path) + (f"[{','.join(extras)}]" if extras else "")
    for path in requirement_files(plugin, files):
        yield from ("-r", os.path.join(context.root, path))
    # Install required plugins from the tree, not from the package index, to test the change with their current code.
    listed = _listed(plugin, context)
    # `_core` adds the core itself; the graph contains it for its extras.
    needs = workspace.graph.dependencies(plugin.name, tests=True, mentions=False) - {workspace.core.node}
    paths = sorted(workspace.plugins[name].path for name in needs if name in workspace.plugins)
    yield from (os.path.join(context.root, path) for path in paths if path not in listed)


def _core(plugin: Plugin, workspace: Workspace, context: SessionContext) -> Iterable[str]:
    """Return the installer's arguments for the core; none if a requirements file already lists the core's folder."""
    # A newer core comes from the package index, even if the repository contains the core.
    in_tree = workspace.core.folder is not None and context.core == "pinned"
    return () if in_tree and workspace.core.folder in _listed(plugin, context) else core_requirement(workspace, context)


def _listed(plugin: Plugin, context: SessionContext) -> set[str | None]:
    """Return the folders that requirements files list; pip, unlike uv, rejects a folder that is listed twice."""
    return set() if context.uv else {requirement.path for requirement in plugin.metadata.files}


def requirement_files(plugin: Plugin, files: frozenset[str]) -> list[str]:
    """Find the requirements files for a plugin's tests.

    An ``.in`` file is preferred to the ``.txt`` file that was compiled from it, because the compiled pins are for one
    Python version and one date.
    """
    folder = f"{plugin.path}/"
    names = (path[len(folder) :] for path in files if path.startswith(folder))
    found = sorted(name for name in names if _TEST_FILES.fullmatch(name))
    return [folder + name for name in found if name.endswith(".in") or f"{name[:-3]}in" not in found]


def core_requirement(workspace: Workspace, context: SessionContext) -> Iterator[str]:
    """Yield the installer's arguments for the core: its folder if it is in the repository, else its distribution."""
    name = workspace.core.name
    if workspace.core.folder is not None and context.core == "pinned":
        yield os.path.join(context.root, workspace.core.folder)
    elif name is not None and context.core == "prerelease" and context.uv:
        yield from ("--prerelease-package", f"{name}=allow", name)
    elif name is not None and context.core == "prerelease":
        # pip accepts a pre-release only if the specifier itself contains one (PEP 440).
        yield f"{name}>=0.dev0"
    elif name is not None:
        yield name


def pin_files(workspace: Workspace, files: frozenset[str]) -> list[str]:
    """Find the pin files for a core outside the repository that installers accept as constraints files."""
    if workspace.core.folder is not None:
        return []
    pin = workspace.config.core.pin
    return sorted(path for path in files if path.endswith(_PIN_FILES) and pin.match(path))


def constraint_arguments(pins: Iterable[str], context: SessionContext) -> list[str]:
    """Return the installer's arguments that apply pin files as constraints."""
    return [word for pin in pins for word in ("-c", os.path.join(context.root, pin))]


def _resolution(plugin: Plugin, context: SessionContext) -> tuple[str, ...]:
    resolution = plugin.testing.resolution
    if resolution in (None, "highest"):
        return ()
    if not context.uv:
        raise ToolError(
            f"{plugin.name} has resolution = {resolution!r}, which only uv supports",
            hint="Install uv with `python -m pip install uv`.",
        )
    return ("--resolution", str(resolution))


class _Filler:
    """A formatter that replaces placeholders in a session's commands and keeps unknown placeholders."""

    def __init__(self, plugin: Plugin, context: SessionContext, config: Config) -> None:
        self._plugin = plugin.name
        self._posargs = context.posargs
        self._quoted = shlex.join(context.posargs)  # for placeholders within a word, such as a script for `sh -c`
        self._values = {
            "python": context.python,
            "python-nodot": context.python.replace(".", ""),
            "name": plugin.name,
            "path": config.shown(plugin.path),
            "root": os.path.join(context.root, config.folder).rstrip("/"),
            "junit": context.junit,
        }

    def word(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: self._values[match[1]], text)

    def command(self, text: str) -> tuple[str, ...]:
        # Split before filling, so that a value that contains spaces stays one argument.
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ConfigurationError(
                f"{self._plugin}: the command {text!r} cannot be split: {error}",
                hint="Quote as a POSIX shell does.",
            ) from error
        filled: list[str] = []
        for word in words:
            filled += self._posargs if word == _POSARGS else [self.word(word).replace(_POSARGS, self._quoted)]
        if not filled:
            raise ConfigurationError(f"{self._plugin}: the test command is empty")
        return tuple(filled)


def without_project(text: str, name: str) -> str:
    """Remove the lines for one project from a constraints file with one PEP 508 requirement per line."""
    # Edit the text line by line, because the other lines must keep their hashes, markers and comments.
    kept = []
    for line in text.splitlines(keepends=True):
        match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line)
        if match is None or normalize(match[1]) != name:
            kept.append(line)
    return "".join(kept)


def finds_no_tests(command: Sequence[str], code: int) -> bool:
    """Return whether a command failed only because it found no tests.

    In this case, pytest exits with 5, and so does unittest since Python 3.12. For tox and hatch, 5 may mean that the
    first of several commands found no tests and that the other commands did not run.
    """
    return code == 5 and is_tester(command)


def is_tester(command: Sequence[str]) -> bool:
    """Return whether a command runs pytest or unittest once: directly, or through ``python -m`` or ``uv run``."""
    program, *rest = command
    name = os.path.basename(program).removesuffix(".exe")
    if name in _RUNNERS and rest[:1] == ["run"]:
        return not _TESTERS.isdisjoint(rest)
    return name in _TESTERS or any(one == "-m" and other in _TESTERS for one, other in pairwise(rest))
