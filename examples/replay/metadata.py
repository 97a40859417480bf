"""Compare the static reading of each project with its build backend's metadata (PEP 517)."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from build import BuildBackendException, BuildException, FailedProcessError, ProjectBuilder
from build.env import DefaultIsolatedEnv
from packaging.metadata import Metadata as CoreMetadata
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from pyproject_hooks import BuildBackendWarning, quiet_subprocess_runner

from commonhold.workspace import is_project, read_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.requirements import Requirement

    from commonhold.projects.metadata import Dependency, Metadata

    Wanted = frozenset[tuple[str, frozenset[str]]]

PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
_FAILURES = (BuildException, BuildBackendException, FailedProcessError, OSError)
_EXTRA = re.compile(r"""extra == ["']([^"']+)["']""")
# For a setup.py without a pyproject.toml, pip installs only setuptools. Some setup.py import pkg_resources, which
# setuptools 82 removed.
_LEGACY = frozenset({"setuptools<82", "pip"})


class Normalized(NamedTuple):
    """The metadata of a project in a normalized form, so that equal meanings compare equal."""

    name: str | None
    requires_python: SpecifierSet
    runtime: Wanted
    extras: Mapping[str, Wanted]


class Compared(NamedTuple):
    """One project: both readings, or the reason why the backend failed."""

    folder: str
    read: Normalized
    built: Normalized | None
    failure: str = ""
    problems: tuple[str, ...] = ()

    def differences(self) -> tuple[str, ...]:
        """The fields in which the two readings differ."""
        if self.built is None:
            return ()
        return tuple(field for field in Normalized._fields if getattr(self.read, field) != getattr(self.built, field))


def compare_projects(root: str) -> Iterator[Compared]:
    """Compare every project below ``root``, a clone that backends may write to."""
    warnings.simplefilter("ignore", BuildBackendWarning)  # warnings about the projects do not matter here
    with ExitStack() as stack:
        backends = Backends(stack)
        for folder in project_folders(root):
            metadata = _read(root, folder)
            if not is_project(metadata):
                continue
            problems = tuple(f"{problem.path}: {problem.message}" for problem in metadata.problems)
            try:
                built = _of_backend(backends.prepare_metadata(os.path.join(root, folder)))
            except _FAILURES as error:
                yield Compared(folder, _of_reading(metadata), None, _last_line(error), problems)
            else:
                yield Compared(folder, _of_reading(metadata), built, "", problems)


def project_folders(root: str) -> list[str]:
    """The folders below ``root`` that contain a project file."""
    found = (os.path.relpath(folder, root) for folder, _, names in os.walk(root) if {*names} & {*PROJECT_FILES})
    return sorted("" if folder == "." else folder for folder in found if not folder.startswith(".git/"))


class Backends:
    """Build backends in isolated environments, one for each set of build requirements."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._environments: dict[frozenset[str], DefaultIsolatedEnv] = {}
        self._out = stack.enter_context(tempfile.TemporaryDirectory())

    def prepare_metadata(self, folder: str) -> CoreMetadata:
        """Let the backend of the project in ``folder`` prepare its metadata."""
        required = frozenset(ProjectBuilder(folder).build_system_requires)
        if not os.path.exists(os.path.join(folder, "pyproject.toml")):
            required = _LEGACY
        builder = self._builder(folder, required)
        more = builder.get_requires_for_build("wheel")
        if more:
            builder = self._builder(folder, required | more)
        path = builder.metadata_path(tempfile.mkdtemp(dir=self._out))
        with open(os.path.join(path, "METADATA"), "rb") as file:
            return CoreMetadata.from_email(file.read(), validate=False)

    def _builder(self, folder: str, required: frozenset[str]) -> ProjectBuilder:
        if required not in self._environments:
            environment = self._stack.enter_context(DefaultIsolatedEnv(installer="uv"))
            environment.install(required)
            self._environments[required] = environment
        return ProjectBuilder.from_isolated_env(self._environments[required], folder, quiet_subprocess_runner)


def _read(root: str, folder: str) -> Metadata:
    def read(path: str) -> bytes | None:
        try:
            with open(os.path.join(root, path), "rb") as file:
                return file.read()
        except OSError:
            return None

    return read_metadata(folder, read)


def _of_reading(metadata: Metadata) -> Normalized:
    extras: dict[str, Wanted] = {extra: _needs(needs) for extra, needs in metadata.extras.items()}
    return Normalized(metadata.name, SpecifierSet(metadata.requires_python or ""), _needs(metadata.runtime), extras)


def _needs(needs: Iterable[Dependency]) -> Wanted:
    return frozenset((need.name, need.extras) for need in needs if need.name is not None)


def _of_backend(metadata: CoreMetadata) -> Normalized:
    extras: dict[str, set[Requirement]] = {canonicalize_name(extra): set() for extra in metadata.provides_extra or ()}
    runtime: set[Requirement] = set()
    for requirement in metadata.requires_dist or ():
        match = _EXTRA.search(str(requirement.marker or ""))
        (runtime if match is None else extras.setdefault(canonicalize_name(match[1]), set())).add(requirement)
    return Normalized(
        canonicalize_name(metadata.name),
        metadata.requires_python or SpecifierSet(),
        _requirements(runtime),
        {extra: _requirements(several) for extra, several in extras.items()},
    )


def _requirements(requirements: Iterable[Requirement]) -> Wanted:
    return frozenset(
        (canonicalize_name(one.name), frozenset(canonicalize_name(extra) for extra in one.extras))
        for one in requirements
    )


def _last_line(error: Exception) -> str:
    output = getattr(getattr(error, "exception", None), "output", None)
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else str(error)
    return text.strip().splitlines()[-1] if text.strip() else type(error).__name__
