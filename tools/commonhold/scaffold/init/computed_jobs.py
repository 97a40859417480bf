"""Find the packages of jobs that name no package themselves: tox, nx, or a script computes the list."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING, TypeAlias

from commonhold.projects.tox_environments import ToxEnvironment, tox_environments
from commonhold.scaffold.init.facts import Found, Place, lines_with_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.projects.names import Name
    from commonhold.projects.workflow import Workflow, WorkflowJob
    from commonhold.scaffold.init.package_names import PackageNames
    from commonhold.workspace import Files

# A search ends at the next `tox` and continues there, so that its time is proportional to the text.
_TOX_ENVIRONMENT = re.compile(r"\btox\b(?:(?!\btox\b)[^;&|])*?\s-e\s*([\w.,-]+)")
_NX_TARGET = re.compile(r"\bnx\b(?:(?!\bnx\b)[^;&|])*?(?:-t|--target|--targets)[\s=]+([\w-]+)")
_FACTOR_FOLDER = re.compile(r"\s+([\w-]+):\s+(?:\{toxinidir\}/)?([\w./-]+)\s*")
_NOT_TESTS = frozenset(("lint", "mypy", "ruff", "black", "isort", "flake8", "pylint", "pyright", "typecheck", "docs"))
_SCRIPT = re.compile(r"(?<![\w./-])[\w./-]+\.(?:py|sh)\b")

Computed: TypeAlias = "dict[Name, tuple[Place, tuple[Found, ...]]]"
"""The packages that a tool tests, each with a place and the Python versions that the tool's environments name."""


def tox_factors(
    files: Files, names: PackageNames, job: WorkflowJob, commands: Iterable[Found]
) -> dict[Name, tuple[str, ...]]:
    """Return the factors that all environments of a package have in common, except Python versions."""
    common: dict[Name, tuple[str, ...]] = {}
    for command in commands:
        for environment, _ in _environments(files, _folder(job), command):
            package = names.in_environment(environment.name)
            if not _NOT_TESTS.isdisjoint(environment.name.split("-")):
                continue
            own = tuple(
                factor for factor in environment.name.split("-") if not re.fullmatch(r"(?:pypy|py)[\d.]+", factor)
            )
            if package is not None:
                known = common.get(package.name, own)
                common[package.name] = tuple(factor for factor in known if factor in own)
    return common


def computed_packages(
    files: Files, names: PackageNames, workflow: Workflow, job: WorkflowJob, commands: Iterable[Found]
) -> Computed:
    """Return the packages that a tool or script tests in a job."""
    folder = _folder(job)
    found = merge_computed(
        (name, place, (python,) if python else ())
        for command in commands
        for name, place, python in (*_tox(files, names, folder, command), *_nx(files, names, command))
    )
    return found or {name: (place, ()) for name, place in _scripts(files, names, workflow, job)}


def merge_computed(items: Iterable[tuple[Name, Place, tuple[Found, ...]]]) -> Computed:
    """Return each package with its first place, and with all its Python versions."""
    merged: Computed = {}
    for name, place, pythons in items:
        first, known = merged.get(name, (place, ()))
        values = {each.value for each in known}
        merged[name] = (first, (*known, *(each for each in pythons if each.value not in values)))
    return merged


def _folder(job: WorkflowJob) -> str:
    folders = [each.text for each in (job.folder, *(step.folder for step in job.steps)) if each is not None]
    return next((posixpath.normpath(each) for each in folders if "$" not in each and each != "."), "")


def _tox(files: Files, names: PackageNames, folder: str, command: Found) -> Iterator[tuple[Name, Place, Found | None]]:
    named = [*_environments(files, folder, command)]
    if named and named[0][1].path != command.place.path:
        yield from _tox_folders(files, names, named[0][1].path, [each for each, _ in named])
    for environment, place in named:
        package = names.in_environment(environment.name)
        if package is not None:
            version = environment.python
            yield package.name, place, Found(version, place) if version else None


def _environments(files: Files, folder: str, command: Found) -> Iterator[tuple[ToxEnvironment, Place]]:
    """Yield the environments of tox that a command runs: the named ones, or all of ``envlist``."""
    if not re.search(r"(?<![\w-])tox(?![\w-])", command.value):
        return
    named = [
        (ToxEnvironment(each, command.place.line), command.place)
        for match in _TOX_ENVIRONMENT.finditer(command.value)
        for each in match[1].split(",")
        if each
    ]
    path = f"{folder}/tox.ini" if folder else "tox.ini"
    listed = tox_environments(files.get(path) or b"") if not named else ()
    yield from named or ((each, Place(path, each.line)) for each in listed if not each.commented)


def _tox_folders(
    files: Files, names: PackageNames, path: str, environments: Iterable[ToxEnvironment]
) -> Iterator[tuple[Name, Place, Found | None]]:
    """Yield the packages that lines such as ``semconv: acme-conventions/`` name for the environments with a factor."""
    by_factor: dict[str, list[ToxEnvironment]] = {}
    for environment in environments:
        for factor in environment.name.split("-"):
            by_factor.setdefault(factor, []).append(environment)
    for number, line in lines_with_numbers(files.get(path)):
        match = _FACTOR_FOLDER.fullmatch(line)
        package = names.named(match[2]) if match else None
        for environment in by_factor.get(match[1], ()) if match else ():
            if package is not None:
                version = environment.python
                yield (
                    package.name,
                    Place(path, number),
                    Found(version, Place(path, environment.line)) if version else None,
                )


def _nx(files: Files, names: PackageNames, command: Found) -> Iterator[tuple[Name, Place, None]]:
    match = _NX_TARGET.search(command.value)
    if match is None:
        return
    excluded = {*re.findall(r"--exclude=['\"]?([\w@/.-]+)", command.value)}
    for package in names.packages:
        path = f"{package.folder}/project.json"
        if {package.name, package.last}.isdisjoint(excluded) and nx_target(files, path, match[1]) is not None:
            yield package.name, Place(path, _line(files, path, f'"{match[1]}"')), None


def nx_target(files: Files, path: str, target: str) -> str | None:
    """Return the command of a target in a ``project.json`` of nx; ``None`` if there is no such target."""
    try:
        document = json.loads(files.get(path) or b"")
        options = document["targets"][target]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    command = options.get("options", {}).get("command", "") if isinstance(options, dict) else ""
    return command if isinstance(command, str) else ""


def _scripts(files: Files, names: PackageNames, workflow: Workflow, job: WorkflowJob) -> Iterator[tuple[Name, Place]]:
    """Yield the packages that the scripts of a job, and of the jobs that it needs, name."""
    needed = [job, *(other for key in job.needs if (other := workflow.job(key)) is not None)]
    texts = [text for each in needed for step in each.steps for _, text in step.commands()]
    paths = dict.fromkeys(word.removeprefix("./") for text in texts for word in _SCRIPT.findall(text))
    for path in paths:
        for number, line in lines_with_numbers(files.get(path)):
            for package in names.mentioned(line.partition("#")[0]):
                yield package.name, Place(path, number)


def _line(files: Files, path: str, text: str) -> int:
    return next((number for number, line in lines_with_numbers(files.get(path)) if text in line), 0)
