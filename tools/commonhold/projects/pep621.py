"""PEP 621: the ``[project]`` table, and setuptools' way to fill what it calls dynamic."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import is_valid, normalize
from commonhold.projects.requirement import show, with_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.metadata import Need
    from commonhold.projects.names import Name
    from commonhold.projects.typed_table import Section

_FIELDS = {
    "dependencies": "runtime",
    "optional-dependencies": "extras",
    "requires-python": "requires_python",
    "classifiers": "classifiers",
}


def read_project(place: ProjectFiles, stated: Declaration, top: Section, backend: str) -> frozenset[str]:
    """Read ``[project]`` over what ``[tool.poetry]`` stated; the fields that it leaves to setuptools' files."""
    project = top.table("project")
    name = project.text("name")
    if name is not None and is_valid(name):
        stated.name = normalize(name)
    elif name is not None:
        project.wrong("name", "a distribution's name")
    stated.requires_python = project.text("requires-python") or stated.requires_python
    stated.classifiers = tuple(project.texts("classifiers")) or stated.classifiers
    _read_documents(place, project)
    dynamic = [field for field in project.texts("dynamic") if field in _FIELDS]
    by_poetry = stated.runtime is not None
    _read_dependencies(stated, project, dynamic)
    if backend == "setuptools":
        _read_setuptools(place, stated, top.table("tool").table("setuptools").table("dynamic"), dynamic)
        return frozenset(["build", *(_FIELDS[field] for field in dynamic)])
    if not by_poetry:
        for field in dynamic:
            if field.endswith("dependencies"):
                stated.problem("", f"project.{field} is dynamic, known only to {show(backend)}; list it instead")
    return frozenset()


def _read_dependencies(stated: Declaration, project: Section, dynamic: list[str]) -> None:
    """Where ``[project]`` lists dependencies, Poetry's own only add paths to them, unless both are meant."""
    poetry, poetry_extras = stated.runtime, stated.extras
    if poetry is not None and "dependencies" not in project and "optional-dependencies" not in project:
        return
    paths = _paths(poetry or (), poetry_extras or {})
    stated.runtime = poetry if "dependencies" in dynamic else None
    stated.extras = poetry_extras if "optional-dependencies" in dynamic else None
    if "dependencies" in project:
        needs = stated.needs("", "project.dependencies", project.texts("dependencies"))
        stated.runtime = (*(stated.runtime or ()), *with_paths(needs, paths))
    if "optional-dependencies" in project:
        optional = project.table("optional-dependencies")
        stated.extras = dict(stated.extras or {})
        for extra in optional.values:
            needs = stated.needs("", optional.dotted(extra), optional.texts(extra))
            stated.extras[normalize(extra)] = with_paths(needs, paths)


def _paths(runtime: tuple[Need, ...], extras: Mapping[Name, tuple[Need, ...]]) -> dict[Name, list[str]]:
    paths: dict[Name, list[str]] = {}
    for need in (*runtime, *(need for needs in extras.values() for need in needs)):
        if need.name is not None and need.path is not None:
            paths.setdefault(need.name, []).append(need.path)
    return paths


def _read_documents(place: ProjectFiles, project: Section) -> None:
    files = project.values.get("license-files")
    named = project.table("license-files").texts("paths") if isinstance(files, dict) else project.texts("license-files")
    readme = project.values.get("readme")
    if isinstance(readme, str):
        named.append(readme)
    for key in ("readme", "license"):
        if isinstance(project.values.get(key), dict):
            named += project.table(key).one_or_more("file")
    for name in named:
        place.names_file(name)


def _read_setuptools(place: ProjectFiles, stated: Declaration, table: Section, dynamic: list[str]) -> None:
    """Fill the dynamic fields that ``[tool.setuptools.dynamic]`` takes from files."""
    if "dependencies" in dynamic and "dependencies" in table:
        stated.runtime = _from_files(place, stated, table.table("dependencies"))
        dynamic.remove("dependencies")
    if "optional-dependencies" in dynamic and "optional-dependencies" in table:
        sources = table.table("optional-dependencies").tables()
        stated.extras = {normalize(extra): _from_files(place, stated, source) for extra, source in sources}
        dynamic.remove("optional-dependencies")


def _from_files(place: ProjectFiles, stated: Declaration, source: Section) -> tuple[Need, ...]:
    from commonhold.projects.requirements_file import read_requirements

    paths = [place.opens(name) for name in source.one_or_more("file")]
    needs, problems = read_requirements(place, [path for path in paths if path is not None])
    for problem in problems:
        stated.add(problem)
    return needs
