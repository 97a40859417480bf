"""Read and edit the ``[project]`` table (PEP 621), and read the fields that setuptools fills from files."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import is_valid, normalize
from commonhold.projects.requirement import show, with_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.metadata import Dependency
    from commonhold.projects.names import Name
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument
    from commonhold.projects.typed_table import TypedTable

_FIELDS = {
    "version": "version",
    "dependencies": "runtime",
    "optional-dependencies": "extras",
    "requires-python": "requires_python",
    "classifiers": "classifiers",
}


def read_project(project: ProjectFiles, declared: Declaration, top: TypedTable, backend: str) -> frozenset[str]:
    """Read ``[project]``, which overrides ``[tool.poetry]``; return the fields left to setuptools' own files."""
    table = top.table("project")
    name = table.text("name")
    if name is not None and is_valid(name):
        declared.name = normalize(name)
    elif name is not None:
        table.wrong("name", "a valid distribution name")
    declared.version = table.text("version") or declared.version
    declared.requires_python = table.text("requires-python") or declared.requires_python
    declared.classifiers = tuple(table.texts("classifiers")) or declared.classifiers
    _read_documents(project, table)
    dynamic = [field for field in table.texts("dynamic") if field in _FIELDS]
    # Poetry 2 fills dynamic dependencies from its own table.
    has_poetry = declared.runtime is not None
    _read_dependencies(declared, table, dynamic)
    if backend == "setuptools":
        _read_setuptools(project, declared, top.table("tool").table("setuptools").table("dynamic"), dynamic)
        # "build" too, because setup_requires applies even if there is a static [project] table.
        return frozenset(["build", *(_FIELDS[field] for field in dynamic)])
    if dynamic and "hatch" in top.table("tool"):
        from commonhold.projects.hatch import read_hooks

        read_hooks(project, declared, top.table("tool").table("hatch"), dynamic)
    if not has_poetry:
        for field in dynamic:
            # A plugin of the backend computes these fields. An unknown version matters only to a release.
            if field.endswith("dependencies"):
                declared.problem("", f"project.{field} is dynamic and computed by {show(backend)}; list it instead")
    return frozenset()


def _read_dependencies(declared: Declaration, table: TypedTable, dynamic: list[str]) -> None:
    """Read the dependencies; if ``[project]`` lists them, Poetry's own table only adds paths."""
    poetry, poetry_extras = declared.runtime, declared.extras
    if poetry is not None and "dependencies" not in table and "optional-dependencies" not in table:
        return
    paths = _paths(poetry or (), poetry_extras or {})
    declared.runtime = poetry if "dependencies" in dynamic else None
    declared.extras = poetry_extras if "optional-dependencies" in dynamic else None
    if "dependencies" in table:
        found = declared.dependencies("", "project.dependencies", table.texts("dependencies"))
        declared.runtime = (*(declared.runtime or ()), *with_paths(found, paths))
    if "optional-dependencies" in table:
        optional = table.table("optional-dependencies")
        declared.extras = dict(declared.extras or {})
        for extra in optional.values:
            found = declared.dependencies("", optional.dotted(extra), optional.texts(extra))
            declared.extras[normalize(extra)] = with_paths(found, paths)


def _paths(runtime: tuple[Dependency, ...], extras: Mapping[Name, tuple[Dependency, ...]]) -> dict[Name, list[str]]:
    paths: dict[Name, list[str]] = {}
    for one in (*runtime, *(one for several in extras.values() for one in several)):
        if one.name is not None and one.path is not None:
            paths.setdefault(one.name, []).append(one.path)
    return paths


def _read_documents(project: ProjectFiles, table: TypedTable) -> None:
    files = table.values.get("license-files")
    named = table.table("license-files").texts("paths") if isinstance(files, dict) else table.texts("license-files")
    readme = table.values.get("readme")
    if isinstance(readme, str):
        named.append(readme)
    for key in ("readme", "license"):
        if isinstance(table.values.get(key), dict):
            named += table.table(key).one_or_more("file")
    for name in named:
        project.names_file(name)


def _read_setuptools(project: ProjectFiles, declared: Declaration, table: TypedTable, dynamic: list[str]) -> None:
    """Fill the dynamic fields that ``[tool.setuptools.dynamic]`` reads from files."""
    if "dependencies" in dynamic and "dependencies" in table:
        declared.runtime = _from_files(project, declared, table.table("dependencies"))
        dynamic.remove("dependencies")
    if "optional-dependencies" in dynamic and "optional-dependencies" in table:
        sources = table.table("optional-dependencies").tables()
        declared.extras = {normalize(extra): _from_files(project, declared, source) for extra, source in sources}
        dynamic.remove("optional-dependencies")


def _from_files(project: ProjectFiles, declared: Declaration, source: TypedTable) -> tuple[Dependency, ...]:
    from commonhold.projects.requirements_file import read_requirements

    paths = [project.opens(name) for name in source.one_or_more("file")]
    found, problems = read_requirements(project, [path for path in paths if path is not None])
    for problem in problems:
        declared.add(problem)
    return found


def is_static(document: TomlDocument) -> bool:
    """Return whether ``[project]`` itself contains the version."""
    return isinstance(document.table("project").get("version"), str)


def stamp_version(project: StagedProject, document: TomlDocument) -> None:
    """Write the version into ``project.version``."""
    document.set(document.table("project"), "version", project.version)


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin ``project.dependencies`` and ``project.optional-dependencies``."""
    document.pin_all(document.table("project").get("dependencies"), project.pins)
    for requirements in document.table("project", "optional-dependencies").values():
        document.pin_all(requirements, project.pins)
