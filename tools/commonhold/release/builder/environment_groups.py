"""Group plugins that can share a build environment: those with equal build requirements."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

# PEP 517 prescribes this build system for projects that do not declare one.
DEFAULT_REQUIRES = ("setuptools>=40.8.0",)
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """The ``[build-system]`` table of a project (PEP 518): its requirements, sorted, and the backend's entry point."""

    requires: tuple[str, ...]
    backend: str


@dataclass(frozen=True, slots=True)
class BuildGroup:
    """A key that is equal for plugins that can share a build environment.

    ``wheels`` are the paths of this release's wheels in the environment. Plugins of different tiers never share an
    environment, because the build of a community plugin could change the environment of an official plugin.
    """

    tier: str
    system: BuildSystem
    wheels: tuple[str, ...] = ()


def read_build_system(folder: str) -> BuildSystem | None:
    """Return a project's build system; ``None`` if the project must be built alone with the `build` library.

    ``None`` is returned for a backend in the project's own tree, and for an invalid ``[build-system]`` table, which the
    library reports in detail.
    """
    import tomli
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
            table: dict[str, Any] = tomli.load(file).get("build-system", {"requires": [*DEFAULT_REQUIRES]})
        # A project with any other key, such as backend-path, needs the `build` library.
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
    """Return whether the installed versions satisfy a requirement.

    Versions are not enough to check extras and URLs, so requirements with an extra or a URL count as missing, and the
    plugin is built alone.
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
