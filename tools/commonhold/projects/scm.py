"""Override versions that tools compute from the git history, using environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument

# https://setuptools-scm.readthedocs.io/en/stable/overrides/
_PRETEND = "SETUPTOOLS_SCM_PRETEND_VERSION"


def has_settings(document: TomlDocument) -> bool:
    """Return whether ``pyproject.toml`` makes setuptools-scm compute the project's version."""
    if "setuptools_scm" in document.table("tool") or "vcs-versioning" in document.table("tool"):
        return True
    return any("simple" in requirement.extras for requirement in _build_requirements(document, "setuptools-scm"))


def pretend(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Return the variable that overrides setuptools-scm for this project but not for other projects in its build."""
    name = document.table("tool", "setuptools_scm").get("dist_name") or project.name
    # Normalize the name as setuptools-scm does.
    return {f"{_PRETEND}_FOR_{canonicalize_name(str(name)).replace('-', '_').upper()}": project.version}


def pretend_anywhere(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Return the variables for tools that call setuptools-scm without the project's name."""
    return {_PRETEND: project.version, **pretend(project, document)}


def pretend_to_pbr(project: StagedProject, _document: TomlDocument) -> dict[str, str]:
    """Return the variables that override pbr's version, and skip its lists of authors and changes.

    pbr would write these lists from the git history, which the staged copy does not contain.
    """
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
