"""Read hatch's environments, and its files with versions and requirements, from ``[tool.hatch]`` or ``hatch.toml``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.metadata import Dependency
from commonhold.projects.names import Name, normalize
from commonhold.projects.paths import HOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument
    from commonhold.projects.typed_table import TypedTable

# hatchling's default pattern; a "v" before the version is not part of it.
_PATTERN = r"(?i)^(__version__|VERSION) *= *(['\"])v?(?P<version>.+?)\2"


FILE = "hatch.toml"

_REQUIREMENT_KEYS = ("dependencies", "extra-dependencies")
_COMMAND_KEYS = ("pre-install-commands", "post-install-commands", "scripts", "extra-scripts")
_TEMPLATE = r"\{\{[^{}]*\}\}|\{%[^{}]*%\}"
_HOOKS = ("requirements_txt", "uv-dynamic-versioning")


def add_hatch_toml(project: ProjectFiles, declared: Declaration, top: TypedTable, raw: bytes) -> None:
    """Replace the tables of ``[tool.hatch]`` by the tables of the same name in ``hatch.toml``."""
    from commonhold.projects.declaration import Declaration
    from commonhold.projects.typed_table import read_toml

    own = Declaration(project.path(FILE), project.folder)
    tool = top.table("tool")
    hatch = {**tool.table("hatch").values, **read_toml(raw, own).values}
    top.values["tool"] = {**tool.values, "hatch": hatch}
    declared.problems += own.problems


def read_environments(project: ProjectFiles, declared: Declaration, hatch: TypedTable) -> None:
    """Add each environment as a group named ``hatch.NAME``."""
    from commonhold.projects.requirements_file import read_lines

    for name, environment in hatch.table("envs").tables():
        group = Name("hatch." + normalize(name))
        for key in _REQUIREMENT_KEYS:
            texts = environment.texts(key)
            if texts:
                declared.add_group(group, declared.dependencies("", environment.dotted(key), texts))
        # The environment installs the project with these extras.
        features = environment.texts("features")
        if features and declared.name is not None:
            declared.add_group(group, [Dependency(declared.name, frozenset(map(normalize, features)))])
        # A requirement that applies only under a condition is a requirement, too.
        lines = [*_overriding(environment.values.get("overrides")), *_installed(environment.values)]
        found = read_lines(project, declared.path, lines).dependencies
        if found:
            declared.add_group(group, found)


def _overriding(value: object) -> Iterator[str]:
    """Yield the requirements that ``overrides`` add; its tables are nested by source, variable and condition."""
    todo = [("", value)]
    while todo:
        key, value = todo.pop()
        key = key.removeprefix("set-")
        if key in _COMMAND_KEYS:
            yield from _installed({key: value})
        elif isinstance(value, dict):
            # { value = "x", if = [...] } is one item of a list; the keys of other tables are options or conditions.
            todo += ((key if name == "value" else name, item) for name, item in value.items())
        elif isinstance(value, list):
            todo += ((key, item) for item in value)
        elif isinstance(value, str) and key in _REQUIREMENT_KEYS:
            yield value


def _installed(environment: dict[str, object]) -> Iterator[str]:
    """Yield the requirements that the commands of an environment install."""
    from commonhold.projects.commands import installed_by

    todo = [environment.get(key) for key in _COMMAND_KEYS]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield from installed_by(value)
        elif isinstance(value, (list, dict)):
            todo += value.values() if isinstance(value, dict) else value


def read_hooks(project: ProjectFiles, declared: Declaration, hatch: TypedTable, dynamic: list[str]) -> None:
    """Fill the dynamic dependencies that a metadata hook reads from files or from literals in its own table."""
    hooks = hatch.table("metadata").table("hooks")
    for hook in (hooks.table(name) for name in _HOOKS if name in hooks):
        optional = hook.table("optional-dependencies")
        if "dependencies" in dynamic and ("files" in hook or "dependencies" in hook):
            declared.runtime = _hooked(project, declared, hook, ("files", "dependencies"))
            dynamic.remove("dependencies")
        if "optional-dependencies" in dynamic and optional.values:
            extras = {normalize(extra): _hooked(project, declared, optional, (extra,)) for extra in optional.values}
            declared.extras = {**(declared.extras or {}), **extras}
            dynamic.remove("optional-dependencies")


def _hooked(
    project: ProjectFiles, declared: Declaration, table: TypedTable, keys: Iterable[str]
) -> tuple[Dependency, ...]:
    """Return a hook's requirements: ``requirements_txt`` lists files, ``uv-dynamic-versioning`` contains templates."""
    from commonhold.projects.requirements_file import read_requirements

    found: list[Dependency] = []
    for key in keys:
        texts = table.texts(key)
        if "uv-dynamic-versioning" in table.key:
            found += declared.dependencies("", table.dotted(key), map(_without_templates, texts))
            continue
        paths = [path for text in texts if (path := project.opens(text)) is not None]
        listed, problems = read_requirements(project, paths)
        found += listed
        for problem in problems:
            declared.add(problem)
    return tuple(found)


def _without_templates(text: str, value: str = HOLE) -> str:
    """Replace the template parts that only a build can fill in, such as ``{{ version }}``."""
    import re

    return re.sub(_TEMPLATE, value, text)


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Write the version where ``[tool.hatch.version]`` specifies, or return the variable that overrides it."""
    from commonhold.projects import scm
    from commonhold.projects.python_source import find_literal
    from commonhold.projects.regex_file import pattern_of, replace_match
    from commonhold.projects.staged_project import StampError

    settings = _settings(project, document).get("version", {})
    source = str(settings.get("source", "regex"))
    if source == "vcs":
        return scm.pretend_anywhere(project, document)
    if source == "uv-dynamic-versioning":
        return {"UV_DYNAMIC_VERSIONING_BYPASS": project.version}
    if source == "env" and settings.get("variable"):
        return {str(settings["variable"]): project.version}
    path = settings.get("path")
    if not isinstance(path, str) or source not in ("regex", "code"):
        raise StampError(
            f"{project.shown('pyproject.toml')} leaves the version to hatchling, but tool.hatch.version has neither "
            f"a path nor a source that can be stamped (it is {dict(settings)!r})",
            hint="Add project.version or tool.hatch.version.path.",
        )
    if source == "code":
        name = str(settings.get("expression") or "__version__")
        find_literal(project, str(path), name).write(project, project.version)
    else:
        replace_match(project, str(path), pattern_of(settings.get("pattern"), _PATTERN, "version"))
    return {}


def _settings(project: StagedProject, document: TomlDocument) -> Mapping[str, Any]:
    from commonhold.projects.toml_document import TomlDocument

    return {**document.table("tool", "hatch"), **TomlDocument(project, FILE).top}


def pin_requirements(project: StagedProject, _document: TomlDocument) -> None:
    """Pin the literals of metadata hooks, and the requirements files that the hook ``requirements_txt`` reads."""
    from commonhold.projects.requirements_file import pin_file
    from commonhold.projects.toml_document import TomlDocument

    for file, keys in (("pyproject.toml", ("tool", "hatch")), (FILE, ())):
        document = TomlDocument(project, file)
        for name in _HOOKS:
            hook = document.table(*keys, "metadata", "hooks", name)
            optional = document.table(*keys, "metadata", "hooks", name, "optional-dependencies").values()
            for listed in (hook.get("files"), hook.get("dependencies"), *optional):
                if name == "requirements_txt":
                    for path in listed if isinstance(listed, list) else ():
                        pin_file(project, str(path))
                else:
                    document.pin_all(listed, project.pins, lambda text: _without_templates(str(text), "0"))
        document.save()
