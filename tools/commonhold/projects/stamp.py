"""Stamp a staged project: write its version and pins, in any supported format.

Each format has its own module, which also reads the format. A file is edited as TOML, as Python or as lines of INI, so
that the rest of the file does not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.projects import flit, hatch, pdm, pep621, poetry, scm, setuptools
from commonhold.projects.pyproject import backend_package
from commonhold.projects.staged_project import StagedProject, StampError
from commonhold.projects.toml_document import FILE, TomlDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    StampVersion = Callable[[StagedProject, TomlDocument], Mapping[str, str]]

__all__ = ["StagedProject", "StampError", "stamp"]

_BACKENDS: Mapping[str, StampVersion] = {
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
    """Edit a project's files; return the environment variables that its build needs.

    Raises ``StampError`` if the version or a pin cannot be written into a file.
    """
    document = TomlDocument(project)
    backend = backend_package(document.table("build-system"))
    env: Mapping[str, str] = {}
    # A static version is written in one place, regardless of the backend.
    if pep621.is_static(document):
        pep621.stamp_version(project, document)
    else:
        env = _find_writer(project, backend)(project, document)
    pep621.pin_requirements(project, document)
    poetry.pin_requirements(project, document)
    # The next writers read the files again.
    document.save()
    hatch.pin_requirements(project, document)
    if backend in ("setuptools", "pbr"):
        setuptools.pin_requirements(project, document)
    return env


def _find_writer(project: StagedProject, backend: str) -> StampVersion:
    writer = _BACKENDS.get(backend)
    if writer is None:
        raise StampError(
            f"{project.shown(FILE)} has no project.version, and the backend {backend} is not supported",
            hint="Add project.version.",
        )
    return writer
