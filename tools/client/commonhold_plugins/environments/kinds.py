"""Tell apart the environments that need different installers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from commonhold_plugins.environments.target import NEW_ENVIRONMENT_HINT
from commonhold_plugins.errors import RefusedError
from commonhold_plugins.text import printable

if TYPE_CHECKING:
    from commonhold_plugins.environments.target import TargetEnvironment


class EnvironmentKind(Enum):
    """The program that manages an environment."""

    UV_TOOL = "uv tool"
    PIPX = "pipx"
    PLAIN = "pip or uv"


@dataclass(frozen=True)
class LockedProject:
    """A project whose lock file describes an environment: the next sync removes what the lock file lacks."""

    folder: str
    tool: str

    def add_command(self, requirements: list[str]) -> list[str]:
        """Return the command that adds requirements to the project and to its lock file."""
        return [self.tool, "add", *requirements]

    def remove_command(self, names: list[str]) -> list[str]:
        """Return the command that removes requirements from the project and from its lock file."""
        return [self.tool, "remove", *names]

    @property
    def sync_words(self) -> tuple[str, ...]:
        """The arguments with which the tool makes the environment equal to the lock file."""
        return ("sync", "--frozen") if self.tool == "uv" else ("sync",)


def kind_of(environment: TargetEnvironment) -> EnvironmentKind:
    """Return the kind of an environment, which the file of its manager shows."""
    if os.path.exists(os.path.join(environment.prefix, "uv-receipt.toml")):
        return EnvironmentKind.UV_TOOL
    if os.path.exists(os.path.join(environment.prefix, "pipx_metadata.json")):
        return EnvironmentKind.PIPX
    return EnvironmentKind.PLAIN


def project_of(environment: TargetEnvironment) -> LockedProject | None:
    """Return the project that an environment belongs to: a lock file is next to its folder ``.venv``."""
    folder, name = os.path.split(environment.prefix)
    if name != ".venv":
        return None
    for tool in ("uv", "poetry"):
        if os.path.exists(os.path.join(folder, f"{tool}.lock")):
            return LockedProject(folder, tool)
    return None


def require_changeable(environment: TargetEnvironment) -> None:
    """Refuse an environment that belongs to the operating system (PEP 668)."""
    if environment.managed and not environment.virtual:
        raise RefusedError(
            f"the Python in {printable(environment.prefix)} is managed by the operating system (PEP 668)",
            hint=NEW_ENVIRONMENT_HINT,
        )
