"""Choose the installer that fits an environment."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from commonhold_plugins.environments.kinds import EnvironmentKind, kind_of, require_changeable
from commonhold_plugins.errors import UnavailableError
from commonhold_plugins.installers.pip import PipInstaller
from commonhold_plugins.installers.pipx import PipxInstaller
from commonhold_plugins.installers.uv import UvInstaller, find_uv
from commonhold_plugins.installers.uv_tool import UvToolInstaller
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from commonhold_plugins.environments.target import TargetEnvironment
    from commonhold_plugins.installers.requests import Installer


def choose_installer(environment: TargetEnvironment, *, offline: bool = False) -> Installer:
    """Return the installer for an environment; ``offline``: one that works without the network, from a cache.

    Raises ``RefusedError`` for an environment of the operating system, and ``UnavailableError`` if the installer is
    missing.
    """
    require_changeable(environment)
    kind = kind_of(environment)
    if kind is EnvironmentKind.UV_TOOL:
        return UvToolInstaller(
            _require_uv(environment, "is a uv tool"), environment.python, environment.prefix, offline
        )
    if kind is EnvironmentKind.PIPX:
        pipx = shutil.which("pipx")
        if pipx is None:
            raise UnavailableError(
                f"{printable(environment.prefix)} is managed by pipx, which is not on PATH",
                hint="Add the folder of pipx to PATH.",
            )
        return PipxInstaller(pipx, environment.prefix, _plain(environment, offline=offline), offline)
    return _plain(environment, offline=offline)


def _plain(environment: TargetEnvironment, *, offline: bool) -> Installer:
    if "pip" in environment.installed and not offline:
        return PipInstaller(environment.python)
    reason = "is used without the network, which pip cannot do" if offline else "has no pip"
    return UvInstaller(_require_uv(environment, reason), environment.python, offline)


def _require_uv(environment: TargetEnvironment, reason: str) -> str:
    if (uv := find_uv()) is None:
        message = f"{printable(environment.prefix)} {reason}, and uv is not on PATH"
        raise UnavailableError(message, hint="Install uv: https://docs.astral.sh/uv/getting-started/installation/")
    return uv
