"""Environments to build in, made by uv, and what a build may know of the world around it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.effects.process import Command
from commonhold.effects.process.run import GroupRunner, TimedOutError
from commonhold.errors import CommonholdError, ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commonhold.effects.process import Runner

INSTALL_SECONDS = 900.0
"""How long it may take to make an environment for many plugins."""

_FOR_UV = (
    *("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("UV_CACHE_DIR", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_STRATEGY"),
    *("UV_FIND_LINKS", "UV_NO_INDEX", "UV_OFFLINE", "UV_EXCLUDE_NEWER", "UV_BUILD_CONSTRAINT", "UV_CONSTRAINT"),
    *("UV_LINK_MODE", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_CONFIG_FILE"),
    *("UV_NO_CONFIG", "UV_PYTHON_INSTALL_DIR"),
)
"""What uv is told: how to reach the index that it reads, and nothing that could write to one."""


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


def uv_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """What uv sees of an environment: it may build what somebody else wrote, which is to find no secret."""
    return {**{name: environ[name] for name in _FOR_UV if name in environ}, "LC_ALL": "C.UTF-8"}


def index_arguments(places: Sequence[str]) -> list[str]:
    """The arguments that tell uv the addresses of indexes, the first one first; none for its own configuration."""
    if not places:
        return []
    *first, last = places
    return [*(word for place in first for word in ("--index", place)), "--default-index", last]


def find_uv(environ: Mapping[str, str]) -> str:
    """The program of uv: in this Python's environment, or on PATH."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv", path=environ.get("PATH"))
    if found is None:
        raise ToolError("uv is not installed", hint="Install commonhold with its extra: commonhold[release].")
    return found


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
