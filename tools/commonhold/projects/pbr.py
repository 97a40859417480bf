"""Find and pin the requirements file from which pbr reads the run-time requirements of a project."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument

# pbr reads the first file that exists.
_FILES = ("requirements.txt", "tools/pip-requires")


def requirements_path(project: ProjectFiles) -> str | None:
    """Return the path of the requirements file that pbr reads; ``None`` if there is no such file."""
    paths = map(project.path, _FILES)
    return next((path for path in paths if project.read(path) is not None), None)


def is_used(project: StagedProject, document: TomlDocument) -> bool:
    """Return whether pbr builds a staged project: as its build backend, or through ``setup(pbr=True)``."""
    from commonhold.projects.setup_py import SetupCalls

    if str(document.table("build-system").get("build-backend", "")).startswith("pbr."):
        return True
    return any(keywords.get("pbr") for keywords in SetupCalls(project, {}).keywords)


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin the requirements file, if pbr builds the project."""
    from commonhold.projects.requirements_file import pin_file

    file = next((name for name in _FILES if project.read(name) is not None), None)
    if file is not None and is_used(project, document):
        pin_file(project, file)
