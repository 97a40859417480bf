"""Environments to build in, made by uv, and what a build may know of the world around it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import GroupRunner, TimedOutError
from commonhold.errors import CommonholdError
from commonhold.index.uv import find_uv, uv_environ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.effects.process import Runner

INSTALL_SECONDS = 900.0
"""How long it may take to make an environment for many plugins."""


class EnvironmentFailedError(CommonholdError):
    """What a build requires cannot be installed."""


@dataclass(frozen=True, slots=True)
class BuildEnvironment:
    """A virtual environment's folder."""

    folder: str

    @property
    def python(self) -> str:
        """Its interpreter."""
        return os.path.join(self.folder, "bin", "python")

    @property
    def scripts(self) -> str:
        """The folder of its programs."""
        return os.path.join(self.folder, "bin")


@dataclass(frozen=True, slots=True)
class Installer:
    """Makes environments with uv: for the Python that runs this, with nothing in them but what is asked for."""

    uv: str
    env: Mapping[str, str]
    runner: Runner
    timeout: float | None = None

    def make(self, folder: str, requires: Sequence[str], wheels: Sequence[str] = ()) -> BuildEnvironment:
        """A new environment with ``requires`` and with files of this release. Raises ``EnvironmentFailedError``."""
        environment = BuildEnvironment(folder)
        self._run("venv", "--quiet", "--no-project", "--python", sys.executable, folder)
        self.add(environment, [*requires, *wheels])
        return environment

    def add(self, environment: BuildEnvironment, requires: Sequence[str]) -> None:
        """Install more. Raises ``EnvironmentFailedError``."""
        if requires:
            self._run("pip", "install", "--quiet", "--python", environment.python, "--", *requires)

    def _run(self, *words: str) -> None:
        try:
            finished = self.runner.start(Command((self.uv, *words), self.env, timeout=self.timeout)).wait()
            complaint = finished.error_text() if finished.code else None
        except TimedOutError as error:
            complaint = error.message
        if complaint is not None:
            raise EnvironmentFailedError(
                f"its build requirements cannot be installed:\n{complaint}",
                hint="Correct [build-system] requires, or see whether the index can be reached.",
            )


def make_installer(environ: Mapping[str, str]) -> Installer:
    """The installer that an environment names; ``ToolError`` when there is no uv."""
    return Installer(find_uv(environ), uv_environ(environ), GroupRunner(), INSTALL_SECONDS)


def build_environ(
    environ: Mapping[str, str], environment: BuildEnvironment, scratch: str, stamped: Mapping[str, str], epoch: int
) -> dict[str, str]:
    """All that a build sees: how to find programs, a home without anything, and the time of the commit."""
    home = os.path.join(scratch, "home")
    os.makedirs(home, exist_ok=True)
    path = os.pathsep.join([environment.scripts, environ.get("PATH", os.defpath)])
    return {
        "PATH": path,
        "VIRTUAL_ENV": environment.folder,
        "HOME": home,
        "TMPDIR": home,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **stamped,
        "SOURCE_DATE_EPOCH": str(epoch),
    }
