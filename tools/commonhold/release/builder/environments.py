"""Create build environments with uv, and set the environment variables of builds."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import GroupRunner, TimedOutError
from commonhold.errors import CommonholdError
from commonhold.index.uv import find_uv, index_arguments, uv_environ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.effects.process import Runner

INSTALL_SECONDS = 900.0
"""The time limit for creating one environment."""


class EnvironmentFailedError(CommonholdError):
    """Build requirements cannot be installed."""


@dataclass(frozen=True, slots=True)
class BuildEnvironment:
    """A virtual environment for builds."""

    folder: str

    @property
    def python(self) -> str:
        """The path of the environment's Python interpreter."""
        return os.path.join(self.folder, "bin", "python")

    @property
    def scripts(self) -> str:
        """The folder of the environment's programs."""
        return os.path.join(self.folder, "bin")


@dataclass(frozen=True, slots=True)
class Installer:
    """Creates environments with uv, for the Python that runs this process.

    ``simple`` are the addresses of the indexes with build requirements; if it is empty, uv's configuration applies.
    """

    uv: str
    env: Mapping[str, str]
    runner: Runner
    timeout: float | None = None
    simple: tuple[str, ...] = ()

    def make(self, folder: str, requires: Sequence[str], wheels: Sequence[str] = ()) -> BuildEnvironment:
        """Create an environment with requirements and wheels of this release. Raises ``EnvironmentFailedError``."""
        environment = BuildEnvironment(folder)
        # --no-project, because the settings of a project in a parent folder must not apply here.
        self._run("venv", "--quiet", "--no-project", "--python", sys.executable, folder)
        self.add(environment, [*requires, *wheels])
        return environment

    def add(self, environment: BuildEnvironment, requires: Sequence[str]) -> None:
        """Install further requirements. Raises ``EnvironmentFailedError``."""
        if requires:
            # After "--", a requirement that starts with a dash cannot be an option of uv.
            indexes = index_arguments(self.simple)
            self._run("pip", "install", "--quiet", "--python", environment.python, *indexes, "--", *requires)

    def _run(self, *words: str) -> None:
        try:
            finished = self.runner.start(Command((self.uv, *words), self.env, timeout=self.timeout)).wait()
            error_text = finished.error_text() if finished.code else None
        except TimedOutError as error:
            error_text = error.message
        if error_text is not None:
            raise EnvironmentFailedError(
                f"its build requirements cannot be installed:\n{error_text}",
                hint="Correct [build-system] requires, or check that the package index can be reached.",
            )


def make_installer(environ: Mapping[str, str], indexes: tuple[str, ...] = ()) -> Installer:
    """Return an installer that uses the uv on ``PATH``. Raises ``ToolError`` if uv is missing."""
    return Installer(find_uv(environ), uv_environ(environ), GroupRunner(), INSTALL_SECONDS, indexes)


def build_environ(
    environ: Mapping[str, str], environment: BuildEnvironment, scratch: str, stamped: Mapping[str, str], epoch: int
) -> dict[str, str]:
    """Return all environment variables of a build. The variables do not include credentials.

    To make builds reproducible, the locale, the time zone and the hash seed (which determines the order of sets) are
    fixed, ``SOURCE_DATE_EPOCH`` is the commit's time (reproducible-builds.org), and the home folder is empty, so that
    no personal settings apply.
    """
    home = os.path.join(scratch, "home")
    os.makedirs(home, exist_ok=True)
    path = os.pathsep.join([environment.scripts, environ.get("PATH", os.defpath)])
    return {
        # PATH is kept, because some builds run compilers or git.
        "PATH": path,
        "VIRTUAL_ENV": environment.folder,
        "HOME": home,
        "TMPDIR": home,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Backends such as setuptools-scm read a version from these variables.
        **stamped,
        "SOURCE_DATE_EPOCH": str(epoch),
    }
