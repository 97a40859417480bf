"""Read ``pyproject.toml``: the build system (PEP 518), and the tables of all tools that declare requirements there."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.build_paths import read_build_paths
from commonhold.projects.declaration import EVERY_FIELD, Declaration, Pyproject
from commonhold.projects.pep621 import read_project
from commonhold.projects.requirement import with_paths
from commonhold.projects.typed_table import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from commonhold.projects.declaration import ProjectFiles
    from commonhold.projects.names import Name
    from commonhold.projects.staged_project import ReadableProject
    from commonhold.projects.typed_table import TypedTable


def read_pyproject(project: ProjectFiles, path: str, raw: bytes) -> Pyproject:
    """Read the file; each error in the file becomes a problem."""
    declared = Declaration(path, project.folder)
    top = read_toml(raw, declared)
    describes = bool(declared.problems) or "project" in top or "build-system" in top or "poetry" in top.table("tool")
    hatch = project.read(project.path("hatch.toml"))
    if hatch is not None:
        from commonhold.projects.hatch import add_hatch_toml

        add_hatch_toml(project, declared, top, hatch)
    tool = top.table("tool")
    backend = _read_build_system(project, declared, top.table("build-system"))
    open_fields = EVERY_FIELD
    if "poetry" in tool:
        from commonhold.projects.poetry import read_poetry

        read_poetry(project, declared, tool.table("poetry"))
        open_fields = EVERY_FIELD if backend == "setuptools" else frozenset()
    if "project" in top:
        open_fields = read_project(project, declared, top, backend)
    if "dependency-groups" in top:
        from commonhold.projects.dependency_groups import read_groups

        read_groups(declared, top.table("dependency-groups"))
    _read_tools(project, declared, tool)
    read_build_paths(project, tool, declared.build or ())
    if describes:
        from commonhold.projects.shipped import read_import_roots, read_shipped

        read_shipped(project, top.values, backend)
        read_import_roots(project, tool.values)
    return Pyproject(declared, describes, open_fields, tool.table("commonhold").values)


def _read_tools(project: ProjectFiles, declared: Declaration, tool: TypedTable) -> None:
    if "envs" in tool.table("hatch"):
        from commonhold.projects.hatch import read_environments

        read_environments(project, declared, tool.table("hatch"))
    if "tox" in tool:
        from commonhold.projects.tox import read_tox_table

        read_tox_table(project, declared, tool.table("tox"))
    if "pdm" in tool:
        from commonhold.projects.pdm import read_groups

        read_groups(project, declared, tool.table("pdm"))
    if "uv" in tool:
        from commonhold.projects.uv import read_group, read_sources

        read_group(declared, tool.table("uv"))
        _add_paths(declared, read_sources(project, tool.table("uv")))
    if "rye" in tool:
        from commonhold.projects.uv import read_group

        read_group(declared, tool.table("rye"))


def _read_build_system(project: ProjectFiles, declared: Declaration, build: TypedTable) -> str:
    """Read the build requirements; return the backend, or ``"setuptools"`` for any backend of setuptools."""
    declared.build = declared.dependencies("build", "build-system.requires", build.texts("requires"))
    for folder in build.texts("backend-path"):
        project.opens(folder)
    backend = build.text("build-backend") or "setuptools"
    return "setuptools" if backend_package(build.values).startswith("setuptools") else backend


def backend_package(build: Mapping[str, Any]) -> str:
    """Return the package of the build backend in a ``[build-system]`` table; the default is setuptools.

    An in-tree backend (PEP 517, ``backend-path``) counts as setuptools, because it usually wraps setuptools. Then
    ``setup.py`` and ``setup.cfg`` are read too, which may find too many requirements but never too few.
    """
    backend = build.get("build-backend")
    # "setuptools.build_meta:__legacy__" is an object path of PEP 517.
    return "setuptools" if "backend-path" in build or not backend else re.split("[.:]", str(backend), maxsplit=1)[0]


def read_dynamic_version(project: ReadableProject) -> str | None:
    """Return the literal version in the Python file to which ``pyproject.toml`` refers; ``None`` without a literal.

    setuptools uses ``tool.setuptools.dynamic.version.attr`` for such a file, and hatchling uses
    ``tool.hatch.version.path``.
    """
    from commonhold.projects.python_source import find_literal, module_file
    from commonhold.projects.staged_project import StampError

    tool = read_toml(project.read("pyproject.toml") or b"", Declaration("pyproject.toml", "")).table("tool")
    attribute = tool.table("setuptools").table("dynamic").table("version").text("attr")
    path = tool.table("hatch").table("version").text("path")
    module, _, name = (attribute or "").rpartition(".")
    roots = ("", "src")
    file = module_file(project, module, roots) if attribute else path
    if file is None or not file.endswith(".py"):
        return None
    try:
        return str(find_literal(project, file, name or "__version__", roots).node.value)
    except StampError:
        return None


def _add_paths(declared: Declaration, paths: Mapping[Name, list[str]]) -> None:
    if not paths:
        return
    declared.runtime = with_paths(declared.runtime or (), paths)
    declared.extras = {extra: with_paths(several, paths) for extra, several in (declared.extras or {}).items()}
    declared.groups = {group: with_paths(several, paths) for group, several in declared.groups.items()}
