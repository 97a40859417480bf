"""Group plugins that can share a build environment: those with equal build requirements."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

# PEP 517 makes these the build system of a project that declares none.
DEFAULT_REQUIRES = ("setuptools>=40.8.0",)
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """The ``[build-system]`` table of a project (PEP 518): its requirements, sorted, and the backend's entry point."""

    requires: tuple[str, ...]
    backend: str


@dataclass(frozen=True, slots=True)
class BuildGroup:
    """The plugins that share an environment; ``wheels`` are paths of this release's wheels that it contains.

    Tiers never share one: a community plugin's build could change the environment of an official plugin.
    """

    tier: str
    system: BuildSystem
    wheels: tuple[str, ...] = ()


def read_build_system(folder: str) -> BuildSystem | None:
    """Return the build system of the project in a folder; ``None`` if the `build` library must build it alone.

    That applies to backends in the project's own tree, and to invalid tables, because the library reports those best.
    """
    import tomli
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
            table: dict[str, Any] = tomli.load(file).get("build-system", {"requires": [*DEFAULT_REQUIRES]})
        # Any other key, such as backend-path, makes the project a case for the library.
        if {"requires"} <= table.keys() <= {"requires", "build-backend"}:
            backend = table.get("build-backend", DEFAULT_BACKEND)
            requires = {str(Requirement(text)) for text in table["requires"]}
            return BuildSystem(tuple(sorted(requires)), backend) if isinstance(backend, str) else None
    except FileNotFoundError:
        if os.path.isfile(os.path.join(folder, "setup.py")):
            return BuildSystem(DEFAULT_REQUIRES, DEFAULT_BACKEND)
    except (
        OSError,
        tomli.TOMLDecodeError,
        UnicodeDecodeError,
        AttributeError,
        TypeError,
        InvalidRequirement,
        RecursionError,
    ):
        return None
    return None


def is_installed(requirement: str, installed: dict[str, str]) -> bool:
    """Return whether an environment satisfies a requirement, judged by the installed versions alone.

    Extras and URLs cannot be judged by versions, so they count as missing: the plugin is then built alone.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return False
    if parsed.marker is not None and not parsed.marker.evaluate():
        return True
    version = installed.get(canonicalize_name(parsed.name))
    return version is not None and not parsed.extras and not parsed.url and parsed.specifier.contains(version, True)
