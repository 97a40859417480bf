"""Read and edit ``[tool.poetry]``, which Poetry 1 uses alone and Poetry 2 uses together with ``[project]``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.metadata import Dependency
from commonhold.projects.names import Name, is_valid, normalize
from commonhold.projects.paths import HOLE
from commonhold.projects.poetry_constraint import to_marker, to_specifier
from commonhold.projects.requirement import both_markers, names, show, unique

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from typing import Any

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument
    from commonhold.projects.typed_table import TypedTable

# The keys of requirements that do not come from an index.
_SOURCES = ("path", "develop", "git", "url", "file", "branch", "tag", "rev", "subdirectory")


def read_poetry(project: ProjectFiles, declared: Declaration, poetry: TypedTable) -> None:
    """Read main dependencies, extras and groups."""
    name = poetry.text("name")
    if name is not None and is_valid(name):
        declared.name = normalize(name)
    elif name is not None:
        poetry.wrong("name", "a valid distribution name")
    declared.version = poetry.text("version")
    declared.classifiers = tuple(poetry.texts("classifiers"))
    for file in poetry.one_or_more("readme"):
        project.names_file(file)
    if "dependencies" in poetry:
        _read_main(project, declared, poetry)
    if "dev-dependencies" in poetry:
        declared.add_group(Name("dev"), _all(project, poetry.table("dev-dependencies")))
    for group, table in poetry.table("group").tables():
        declared.add_group(normalize(group), _all(project, table.table("dependencies")))


def _read_main(project: ProjectFiles, declared: Declaration, poetry: TypedTable) -> None:
    """Read the main dependencies; an optional dependency is required only by the extras that list it."""
    table = poetry.table("dependencies")
    _read_python(declared, table)
    optional: dict[Name, list[Dependency]] = {}
    runtime: list[Dependency] = []
    for one, is_optional in _dependencies(project, table):
        if is_optional and one.name is not None:
            optional.setdefault(one.name, []).append(one)
        else:
            runtime.append(one)
    declared.runtime = unique(runtime)
    extras = poetry.table("extras")
    declared.extras = {}
    for extra in extras.values:
        listed = map(normalize, extras.texts(extra))
        declared.extras[normalize(extra)] = unique(one for name in listed for one in optional.get(name, ()))


def _read_python(declared: Declaration, table: TypedTable) -> None:
    python = table.values.get("python")
    if isinstance(python, dict):
        python = python.get("version")
    if isinstance(python, str):
        # "python" is a constraint on the project itself, not a dependency.
        declared.requires_python = to_specifier(python)
        if declared.requires_python is None:
            declared.problem("", f"{table.dotted('python')}: {show(python)} is not a version constraint; correct it")


def _all(project: ProjectFiles, table: TypedTable) -> list[Dependency]:
    return [one for one, _ in _dependencies(project, table)]


def _dependencies(project: ProjectFiles, table: TypedTable) -> Iterator[tuple[Dependency, bool]]:
    """Return every dependency of a table, and whether it is optional.

    A list declares one distribution several times, for different Python versions or platforms.
    """
    for key, value in table.values.items():
        if key.lower() == "python":
            continue
        if not is_valid(key):
            table.wrong(key, "a valid distribution name")
            continue
        for choice in value if isinstance(value, list) else [value]:
            if isinstance(choice, str):
                yield Dependency(normalize(key), specifier=_specifier(choice)), False
            elif isinstance(choice, dict):
                yield _detailed(project, table, key, choice)
            else:
                table.wrong(key, "a version or a table")


def _specifier(constraint: str) -> str:
    """Translate a constraint into a PEP 440 specifier; return an unknown version if the translation is impossible."""
    specifier = to_specifier(constraint)
    return HOLE if specifier is None else specifier


def _detailed(project: ProjectFiles, table: TypedTable, key: str, choice: dict[str, Any]) -> tuple[Dependency, bool]:
    requested = choice.get("extras", [])
    texts = requested if isinstance(requested, list) and all(isinstance(extra, str) for extra in requested) else None
    extras = names(",".join(texts)) if texts is not None else None
    if extras is None:
        table.wrong(f"{key}.extras", "a list of extras")
    reference = choice.get("path", choice.get("file"))
    if reference is not None and not isinstance(reference, str):
        table.wrong(f"{key}.path", "a string")
        reference = None
    path = project.local(reference) if reference is not None else None
    # A dependency from git, a URL or a path has no version.
    version = choice.get("version", "")
    specifier = _specifier(version) if isinstance(version, str) else HOLE
    dependency = Dependency(normalize(key), extras or frozenset(), path, specifier, _marker(choice))
    return dependency, choice.get("optional") is True


def _marker(choice: dict[str, Any]) -> str:
    """Return the marker of a dependency: Poetry uses separate keys for Python versions and platforms."""
    marker = ""
    for key, translate in (("python", to_marker), ("platform", _platform_marker), ("markers", str)):
        value = choice.get(key)
        if value is not None:
            marker = both_markers(marker, translate(value) if isinstance(value, str) else HOLE)
    return marker


def _platform_marker(platform: str) -> str:
    return f'sys_platform == "{platform}"'


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Write ``tool.poetry.version``; return the variable that overrides a Poetry plugin which computes the version."""
    from commonhold.projects.staged_project import StampError

    poetry = document.table("tool", "poetry")
    if not isinstance(poetry.get("version"), str):
        raise StampError(
            f"{project.shown('pyproject.toml')} has neither project.version nor tool.poetry.version",
            hint="Add one of them.",
        )
    document.set(poetry, "version", project.version)
    is_dynamic = "poetry-dynamic-versioning" in document.table("tool")
    return {"POETRY_DYNAMIC_VERSIONING_BYPASS": project.version} if is_dynamic else {}


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin ``tool.poetry.dependencies``, including optional dependencies."""
    table = document.table("tool", "poetry", "dependencies")
    # If there is a [project] table, this table only states where to find a dependency during development.
    is_listed = "dependencies" in document.table("project")
    for key in list(table):
        specifier = project.pins.get(normalize(key))
        if specifier is None:
            continue
        if is_listed:
            _remove_sources(table, key)
        elif isinstance(table[key], str):
            document.set(table, key, specifier)
        else:
            _pin_choices(project, document, table, key, specifier)


def _pin_choices(
    project: StagedProject, document: TomlDocument, table: MutableMapping[str, Any], key: str, specifier: str
) -> None:
    from commonhold.projects.staged_project import StampError

    choices = table[key] if isinstance(table[key], list) else [table[key]]
    for at, choice in enumerate(choices):
        if isinstance(choice, str):
            choices[at] = specifier
        elif hasattr(choice, "items"):
            document.set(choice, "version", specifier)
            # An index rejects a distribution that requires a local path or a URL.
            for source in _SOURCES:
                choice.pop(source, None)
        else:
            raise StampError(
                f"{project.shown('pyproject.toml')}: tool.poetry.dependencies.{key} is not a requirement",
                hint="Write a version, or a table that contains one.",
            )


def _remove_sources(table: MutableMapping[str, Any], key: str) -> None:
    """Remove the local sources of a requirement that ``[project]`` lists; the pin is written to ``[project]``."""
    choice = table[key]
    if hasattr(choice, "items"):
        for source in _SOURCES:
            choice.pop(source, None)
    if not isinstance(choice, str) and not choice:
        del table[key]
