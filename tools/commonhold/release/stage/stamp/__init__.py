"""Stamping: a project gets its version and its pins, whichever way it carries them.

One module a way. What is edited is edited as what it is, TOML, Python or lines of an INI file, so that nothing else
in the file changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commonhold.release.stage.stamp import flit, hatch, pdm, pep621, poetry, scm, setuptools
from commonhold.release.stage.stamp.document import FILE, TomlDocument
from commonhold.release.stage.stamp.project import StagedProject, StampError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Way = Callable[[StagedProject, TomlDocument], Mapping[str, str]]

__all__ = ["StagedProject", "StampError", "stamp"]

_BACKENDS: Mapping[str, Way] = {
    "setuptools": setuptools.stamp_version,
    "hatchling": hatch.stamp_version,
    "flit_core": flit.stamp_version,
    "flit": flit.stamp_version,
    "flit_scm": scm.pretend_anywhere,
    "poetry": poetry.stamp_version,
    "poetry_dynamic_versioning": poetry.stamp_version,
    "pdm": pdm.stamp_version,
    "pbr": scm.pretend_to_pbr,
}


def stamp(project: StagedProject) -> Mapping[str, str]:
    """Edit a project's files; what must be in the environment when it is built.

    Raises ``StampError`` when the version, or a pin, has no place that can be edited.
    """
    document = TomlDocument(project)
    backend = _backend(document)
    env: Mapping[str, str] = {}
    if pep621.is_static(document):
        pep621.stamp_version(project, document)
    else:
        env = _way(project, backend)(project, document)
    pep621.pin_requirements(project, document)
    poetry.pin_requirements(project, document)
    document.save()
    hatch.pin_requirements(project, document)
    if backend in ("setuptools", "pbr"):
        setuptools.pin_requirements(project, document)
    return env


def _backend(document: TomlDocument) -> str:
    """The backend's package. One in the tree counts as setuptools, which it wraps more often than another."""
    build = document.table("build-system")
    named = None if "backend-path" in build else build.get("build-backend")
    return re.split("[.:]", str(named or "setuptools"), maxsplit=1)[0]


def _way(project: StagedProject, backend: str) -> Way:
    way = _BACKENDS.get(backend)
    if way is None:
        raise StampError(
            f"{project.shown(FILE)} has no project.version, and how {backend} finds one is not known",
            hint="State project.version.",
        )
    return way
