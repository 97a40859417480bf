"""PEP 621: ``project.version``, ``project.dependencies`` and ``project.optional-dependencies``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.release.stage.stamp.document import TomlDocument
    from commonhold.release.stage.stamp.project import StagedProject


def is_static(document: TomlDocument) -> bool:
    """Whether the table itself says the version."""
    return isinstance(document.table("project").get("version"), str)


def stamp_version(project: StagedProject, document: TomlDocument) -> None:
    """Set the version that the table says."""
    document.set(document.table("project"), "version", project.version)


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin what the table requires, extras included."""
    document.pin_all(document.table("project").get("dependencies"), project.pins)
    for requirements in document.table("project", "optional-dependencies").values():
        document.pin_all(requirements, project.pins)
