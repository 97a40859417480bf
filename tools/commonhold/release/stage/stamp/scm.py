"""Versions that come from the history: tools take another one from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from commonhold.release.stage.stamp.document import TomlDocument
    from commonhold.release.stage.stamp.project import StagedProject

# https://setuptools-scm.readthedocs.io/en/stable/overrides/
_PRETEND = "SETUPTOOLS_SCM_PRETEND_VERSION"


def has_settings(document: TomlDocument) -> bool:
    """Whether setuptools-scm is to find the version of a project, as its ``pyproject.toml`` says."""
    if "setuptools_scm" in document.table("tool") or "vcs-versioning" in document.table("tool"):
        return True
    return any("simple" in requirement.extras for requirement in _build_requirements(document, "setuptools-scm"))


def pretend(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """What makes setuptools-scm find the version of this project, and no other's that is built beside it."""
    name = document.table("tool", "setuptools_scm").get("dist_name") or project.name
    return {f"{_PRETEND}_FOR_{canonicalize_name(str(name)).replace('-', '_').upper()}": project.version}


def pretend_anywhere(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """The same for tools that ask setuptools-scm without telling it the name of the project."""
    return {_PRETEND: project.version, **pretend(project, document)}


def pretend_to_pbr(project: StagedProject, _document: TomlDocument) -> dict[str, str]:
    """What makes pbr find the version; its lists of authors and changes would tell the history of the copy."""
    return {"PBR_VERSION": project.version, "SKIP_GENERATE_AUTHORS": "1", "SKIP_WRITE_GIT_CHANGELOG": "1"}


def _build_requirements(document: TomlDocument, name: str) -> list[Requirement]:
    found = []
    for text in document.table("build-system").get("requires", ()):
        try:
            requirement = Requirement(str(text))
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) == name:
            found.append(requirement)
    return found
