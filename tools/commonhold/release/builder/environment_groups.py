"""Which plugins can share a build environment: those that ask for the same."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

DEFAULT_REQUIRES = ("setuptools>=40.8.0",)
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """How a project is built (PEP 518): what that requires, sorted, and the backend's entry point."""

    requires: tuple[str, ...]
    backend: str


@dataclass(frozen=True, slots=True)
class BuildGroup:
    """Who may share an environment; ``wheels`` are those of this release that are installed in it, as paths."""

    tier: str
    system: BuildSystem
    wheels: tuple[str, ...] = ()


def read_build_system(folder: str) -> BuildSystem | None:
    """How the project in a folder is built; ``None`` for what is better left to the `build` library.

    That is a backend in the tree, and whatever is wrong: the library says so best.
    """
    import tomli
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
            table: dict[str, Any] = tomli.load(file).get("build-system", {"requires": [*DEFAULT_REQUIRES]})
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
    """Whether an environment has what a requirement asks for, as far as its versions tell."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        asked = Requirement(requirement)
    except InvalidRequirement:
        return False
    if asked.marker is not None and not asked.marker.evaluate():
        return True
    version = installed.get(canonicalize_name(asked.name))
    return version is not None and not asked.extras and not asked.url and asked.specifier.contains(version, True)
