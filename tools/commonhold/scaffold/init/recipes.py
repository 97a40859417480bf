"""Translate the commands that test a package today into the settings `install`, `test` and `env`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from commonhold.projects.makefile import MAKEFILES, read_makefile
from commonhold.scaffold.init.computed_jobs import nx_target
from commonhold.scaffold.init.facts import Found, Place
from commonhold.scaffold.init.shell_branches import commands_for
from commonhold.scaffold.init.test_commands import is_test_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commonhold.projects.names import Name
    from commonhold.scaffold.init.facts import Package
    from commonhold.scaffold.init.test_jobs import TestJob
    from commonhold.workspace import Files

_OTHER_TESTS = re.compile(
    r"(?i)integration|e2e|end-to-end|realtime|eval|lint|fmt|types|doctest|behave|benchmark|docs|snowflake"
)
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(\S*)\s+(?=\S)")
_EXPRESSION = re.compile(r"\$\{\{(?:(?!\$\{\{).)*?\}\}|\"?\$\{?\w+\}?\"?")
_REQUIREMENTS = re.compile(r"\bpip\s+install\b[^;&|]*")
_PIN = re.compile(r"[\"']([A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?[<>=!~][\w.,<>=!~* ]*)[\"']")
_REPORTS = re.compile(r"^(?:--cov\S*|--junit\S*|--no-cov\S*|-v+|-q+|-ra|--verbose|--durations\S*)$")
_VALUES = frozenset(("--cov-config", "--cov", "--cov-report", "--junitxml"))  # options whose value is the next word
_PLAIN = re.compile(r"[\w./:=,+@{}\[\]'\" -]*")
_PYTEST = re.compile(r"(?:coverage\s+run\b.*?-m\s+|python3?\s+-m\s+)?(?:pytest|py\.test)\b(.*)")
_UV = re.compile(r"uv\s+run\s+(.*\bpytest\b.*)")
_HATCH = re.compile(r"hatch\s+(?:run\s+\S+|test)")
_NOX = re.compile(r"nox\b(?:(?!nox\b).)*?-(?:s|-session)[ =](\S+)")
_MAKE = re.compile(r"make\s+(.*)")
_NX = re.compile(r"\bnx\b(?:(?!\bnx\b).)*?(?:-t|--target|--targets)[\s=]+([\w-]+)")
_MOST_HOPS = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings for a package's tests, and the place of the command from which they were read.

    ``install`` is ``None`` for the default. ``installs`` are further requirements, for this package only.
    """

    test: str
    place: Place = field(compare=False)
    install: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] = ()
    installs: tuple[Found, ...] = ()


def find_recipe(files: Files, package: Package, jobs: list[TestJob]) -> Recipe | None:
    """Return the settings that correspond to the first command that runs a package's unit tests."""
    for job in jobs:
        translator = _Translator(files, package, job)
        for command, _ in translator.commands:
            if not _OTHER_TESTS.search(command.value):
                for recipe in translator.translate(command.value, command.place, _MOST_HOPS):
                    return replace(recipe, installs=translator.pins) if translator.pins else recipe
    return None


class _Translator:
    def __init__(self, files: Files, package: Package, job: TestJob) -> None:
        self.files = files
        self.package = package
        self.job = job
        self.commands = tuple(commands_for(package, job.commands))

    @property
    def pins(self) -> tuple[Found, ...]:
        """The requirements that a branch for this package installs."""
        installing = (
            (each, match[0])
            for each, by_name in self.commands
            if by_name
            for match in _REQUIREMENTS.finditer(each.value)
        )
        return tuple(Found(pin, each.place) for each, text in installing for pin in _PIN.findall(text))

    def translate(self, text: str, place: Place, hops: int) -> Iterator[Recipe]:
        """Yield the settings for each part of a command that runs tests."""
        for part in re.split(r"&&|\|\||;", text):
            command = part.strip()
            env: dict[str, str] = {}
            while match := _ASSIGNMENT.match(command):
                env[match[1]] = match[2].strip("'\"")
                command = command[match.end() :]
            if is_test_command(command) and not _OTHER_TESTS.search(command):
                yield from self._command(command, place, tuple(env.items()), hops)

    def _command(self, command: str, place: Place, env: tuple[tuple[str, str], ...], hops: int) -> Iterator[Recipe]:
        made, nx = _MAKE.match(command), _NX.search(command)
        if made and hops:
            yield from self._target(made[1].split(), hops - 1)
        elif nx and hops:
            path = f"{self.package.folder}/project.json"
            inner = nx_target(self.files, path, nx[1])
            yield from self.translate(inner, Place(path), hops - 1) if inner else ()
        elif hatch := _HATCH.match(command):
            data = ("HATCH_DATA_DIR", "{root}/.hatch")  # hatch's environments are deleted with the session
            yield Recipe(f"{hatch[0]} {{posargs}}", place, ("hatch",), (data,))
        elif nox := _NOX.search(command):
            yield Recipe(f"nox -s {nox[1]} -- {{posargs}}", place, ("nox",)) if _is_plain(nox[1]) else Recipe("", place)
        elif uv := _UV.search(command):
            words = _arguments(uv[1])
            yield Recipe(f"uv run --python {{python}} {words} {{posargs}}", place, ())
        elif pytest := _PYTEST.search(command):
            words = _arguments(pytest[1])
            yield Recipe(f"pytest {words} {{posargs}}".replace("  ", " "), place, tuple(self._install()), env)

    def _target(self, words: list[str], hops: int) -> Iterator[Recipe]:
        """Yield the settings for the recipe of a Makefile's target, in the package's folder or at the root."""
        values = dict(word.split("=", 1) for word in words if "=" in word)
        values = {key: _EXPRESSION.sub(self.package.last, value) for key, value in values.items()}
        targets = [word for word in words if "=" not in word and not word.startswith("-")]
        for folder in (f"{self.package.folder}/", ""):
            for path in (f"{folder}{name}" for name in MAKEFILES):
                makefile = read_makefile(self.files.get(path) or b"")
                for line, text in (each for target in targets for each in makefile.recipes.get(target, ())):
                    yield from self.translate(makefile.expand(text, values), Place(path, line), hops)

    def _install(self) -> Iterator[str]:
        """Yield the installer's arguments: the default, pytest, and the root's requirements files that jobs install."""
        yield from ("{usual}", "pytest")
        seen = set()
        for text in self._setup_commands():
            for match in _REQUIREMENTS.finditer(text):
                for path in re.findall(r"-r\s+['\"]?([\w./-]+)", match[0]):
                    place = path.removeprefix("./")
                    if place not in seen and place in self.files.entries:
                        seen.add(place)
                        yield from ("-r", f"{{root}}/{place}")

    def _setup_commands(self) -> Iterator[str]:
        for command, _ in self.commands:
            yield command.value
            made = _MAKE.match(command.value)
            for name in MAKEFILES if made else ():
                makefile = read_makefile(self.files.get(name) or b"")
                for target in made[1].split() if made else ():
                    yield from (text for _, text in makefile.recipes.get(target, ()))


def _arguments(text: str) -> str:
    """Return the arguments of pytest without reports, and without words that only CI knows."""
    split = text.split()
    named = {at + 1 for at, word in enumerate(split) if word in _VALUES}
    words = [
        word
        for at, word in enumerate(split)
        if at not in named and not _REPORTS.match(word) and not _EXPRESSION.search(word)
    ]
    kept = " ".join(words)
    return kept if _is_plain(kept) else next((word for word in words if word in ("test", "tests")), "")


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None


def tox_recipe(files: Files, package: Package, job: TestJob, factors: Mapping[Name, tuple[str, ...]]) -> Recipe | None:
    """Return the settings for the environments of tox that test a package; ``factors`` are their common factors."""
    common = factors.get(package.name)
    commands = [command for command in job.commands if re.search(r"(?<![\w-])tox(?![\w-])", command.value)]
    if common is None or not commands:
        return None
    path = next((found for found in _tox_files(job) if found in files.entries), None)
    if path is None:
        return None
    words = " ".join(each for each in common if re.fullmatch(r"[\w.]+", each))
    options = f"-c {{root}}/{path} -x testenv.pass_env+=PYTEST_ADDOPTS -f py{{python-nodot}} {words}"
    uses_uv = any("tox-uv" in command.value for command in job.commands)
    return Recipe(f"tox run {options} -- {{posargs}}", _place_of(commands), ("tox", "tox-uv") if uses_uv else ("tox",))


def _place_of(commands: list[Found]) -> Place:
    return commands[0].place


def _tox_files(job: TestJob) -> Iterator[str]:
    for step in job.steps:
        if step.folder is not None:
            yield f"{step.folder.text.removeprefix('./').rstrip('/')}/tox.ini"
    yield "tox.ini"
