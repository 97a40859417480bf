"""How one plugin is tested: what is installed and which commands run, worked out before anything happens."""

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

    from commonhold.workspace.model import Plugin, Workspace

CoreChoice: TypeAlias = Literal["pinned", "newest", "prerelease"]
"""Which core is installed: the one that the configuration pins (or that the tree holds), or another from the index."""

TEST = ("pytest {posargs}",)
"""How a plugin is tested that says nothing about it."""

USUAL = "{usual}"
"""Stands, in a configured ``install``, for all that would be installed without it."""

TEST_NAMES = ("test", "tests", "testing", "dev")
"""The extras and dependency groups that hold what tests need."""

_TEST_FILES = re.compile(
    r"(?:dev|test|tests)-requirements[^/]*\.(?:in|txt)|requirements-(?:dev|test|tests)\.(?:in|txt)"
)
_PIN_FILES = (".txt", ".in")
_TESTERS = frozenset({"pytest", "py.test", "unittest"})
_RUNNERS = frozenset({"uv", "poetry", "pdm"})
_POSARGS = "{posargs}"
_PLACEHOLDER = re.compile(r"\{(python-nodot|python|name|path|root|junit)\}")


@dataclass(frozen=True, slots=True)
class SessionContext:
    """Where a session happens. ``root`` is its own copy of the repository, ``junit`` the report it may write."""

    root: str
    python: str
    junit: str
    posargs: tuple[str, ...] = ()
    uv: bool = False
    core: CoreChoice = "pinned"


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What a session does.

    ``root`` is the session's copy of the repository. ``install`` are arguments for ``pip install`` or
    ``uv pip install``, none when there is nothing to install; ``commands`` run after it, in ``folder``.
    ``constraints`` are lines for a file that the environment names, so that installers inside the commands obey
    it too. ``loosen`` are pin files that must lose the core's line.
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
    plugin: Plugin, workspace: Workspace, place: SessionContext, files: frozenset[str], groups: Sequence[str] = ()
) -> SessionPlan:
    """The recipe of a plugin's session.

    ``files`` are the paths in the session's copy, ``groups`` the requirements of the plugin's dependency groups
    for tests. Raises ``ConfigurationError`` for a command that cannot be split into words, and ``ToolError``
    where ``resolution`` needs uv.
    """
    testing = plugin.testing
    fill = _Filler(plugin, place)
    pins = pin_files(workspace, files)
    usual = [*_projects(plugin, workspace, place, files), *groups, *_core(plugin, workspace, place)]
    usual += ["pytest"] if testing.test is None else []
    usual += constraint_arguments(pins, place)
    wanted = (USUAL,) if testing.install is None else testing.install
    commands = (*(testing.before or ()), *(TEST if testing.test is None else testing.test))
    install = [word for text in wanted for word in (usual if text == USUAL else [fill.word(text)])]
    return SessionPlan(
        root=place.root,
        folder=os.path.join(place.root, plugin.path),
        install=(*_resolution(plugin, place), *install) if install else (),
        commands=tuple(fill.command(text) for text in commands),
        env={name: fill.word(value) for name, value in (testing.env or {}).items()},
        constraints=testing.constraints or (),
        loosen=() if place.core == "pinned" else tuple(pins),
        minutes=testing.timeout or MINUTES,
    )


def _projects(plugin: Plugin, workspace: Workspace, place: SessionContext, files: frozenset[str]) -> Iterator[str]:
    """The plugin with what its tests need, and the plugins of the tree that they need."""
    extras = [name for name in TEST_NAMES if name in plugin.metadata.extras]
    yield os.path.join(place.root, plugin.path) + (f"[{','.join(extras)}]" if extras else "")
    for path in requirement_files(plugin, files):
        yield from ("-r", os.path.join(place.root, path))
    listed = _listed(plugin, place)
    needs = workspace.graph.dependencies(plugin.name, tests=True)
    paths = sorted(workspace.plugins[name].path for name in needs if name in workspace.plugins)
    yield from (os.path.join(place.root, path) for path in paths if path not in listed)


def _core(plugin: Plugin, workspace: Workspace, place: SessionContext) -> Iterable[str]:
    """The core, unless a requirements file names its folder already."""
    in_tree = workspace.core.folder is not None and place.core == "pinned"
    return () if in_tree and workspace.core.folder in _listed(plugin, place) else core_requirement(workspace, place)


def _listed(plugin: Plugin, place: SessionContext) -> set[str | None]:
    """The folders that requirements files name already: pip refuses to be asked twice for one, uv does not."""
    return set() if place.uv else {need.path for need in plugin.metadata.files}


def requirement_files(plugin: Plugin, files: frozenset[str]) -> list[str]:
    """The requirements files beside a plugin that are for its tests.

    Where both exist, the ``.in`` file is taken and not the ``.txt`` that was compiled from it, whose pins are
    those of one Python and one day.
    """
    folder = f"{plugin.path}/"
    names = (path[len(folder) :] for path in files if path.startswith(folder))
    found = sorted(name for name in names if _TEST_FILES.fullmatch(name))
    return [folder + name for name in found if name.endswith(".in") or f"{name[:-3]}in" not in found]


def core_requirement(workspace: Workspace, place: SessionContext) -> Iterator[str]:
    """What to install for the core: its folder in the tree, or its distribution."""
    name = workspace.core.name
    if workspace.core.folder is not None and place.core == "pinned":
        yield os.path.join(place.root, workspace.core.folder)
    elif name is not None and place.core == "prerelease" and place.uv:
        yield from ("--prerelease-package", f"{name}=allow", name)
    elif name is not None and place.core == "prerelease":
        # pip allows pre-releases of what is required with a specifier that names one (PEP 440), and of nothing else.
        yield f"{name}>=0.dev0"
    elif name is not None:
        yield name


def pin_files(workspace: Workspace, files: frozenset[str]) -> list[str]:
    """The files that pin a core outside the tree, as far as an installer takes them for constraints."""
    if workspace.core.folder is not None:
        return []
    pin = workspace.config.core.pin
    return sorted(path for path in files if path.endswith(_PIN_FILES) and pin.match(path))


def constraint_arguments(pins: Iterable[str], place: SessionContext) -> list[str]:
    """The installer's arguments for pin files."""
    return [word for pin in pins for word in ("-c", os.path.join(place.root, pin))]


def _resolution(plugin: Plugin, place: SessionContext) -> tuple[str, ...]:
    resolution = plugin.testing.resolution
    if resolution in (None, "highest"):
        return ()
    if not place.uv:
        raise ToolError(
            f"{plugin.name} is tested with resolution = {resolution!r}, which only uv can do",
            hint="Install uv: python -m pip install uv",
        )
    return ("--resolution", str(resolution))


class _Filler:
    """Puts what is known of a session into the words of its commands; braces that mean nothing here stay."""

    def __init__(self, plugin: Plugin, place: SessionContext) -> None:
        self._who = plugin.name
        self._posargs = place.posargs
        self._quoted = shlex.join(place.posargs)  # within a word, such as the script of `sh -c`
        self._values = {
            "python": place.python,
            "python-nodot": place.python.replace(".", ""),
            "name": plugin.name,
            "path": plugin.path,
            "root": place.root,
            "junit": place.junit,
        }

    def word(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: self._values[match[1]], text)

    def command(self, text: str) -> tuple[str, ...]:
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ConfigurationError(
                f"{self._who}: {text!r} is no command: {error}", hint="Quote it as a POSIX shell wants it."
            ) from error
        filled: list[str] = []
        for word in words:
            filled += self._posargs if word == _POSARGS else [self.word(word).replace(_POSARGS, self._quoted)]
        if not filled:
            raise ConfigurationError(f"{self._who}: {text!r} is no command: it is empty")
        return tuple(filled)


def without_project(text: str, name: str) -> str:
    """A constraints file without what it says of one project (PEP 508 names, a line each)."""
    kept = []
    for line in text.splitlines(keepends=True):
        match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line)
        if match is None or normalize(match[1]) != name:
            kept.append(line)
    return "".join(kept)


def finds_no_tests(command: Sequence[str], code: int) -> bool:
    """Whether a command ended so because there was nothing to test.

    That is exit code 5 of pytest, and of unittest since Python 3.12. Of tox or hatch it may mean that the first of
    several commands found nothing, and that the others did not run.
    """
    return code == 5 and is_tester(command)


def is_tester(command: Sequence[str]) -> bool:
    """Whether a command is pytest or unittest, run once, as it is or by ``python -m`` or ``uv run``."""
    program, *rest = command
    name = os.path.basename(program).removesuffix(".exe")
    if name in _RUNNERS and rest[:1] == ["run"]:
        return not _TESTERS.isdisjoint(rest)
    return name in _TESTERS or any(one == "-m" and other in _TESTERS for one, other in pairwise(rest))
