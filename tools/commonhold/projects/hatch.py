"""hatch: the environments of ``[tool.hatch.envs]``, and the files that contain versions and requirements."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.metadata import Dependency
from commonhold.projects.names import Name, normalize

if TYPE_CHECKING:
    from commonhold.projects.declaration import Declaration
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument
    from commonhold.projects.typed_table import TypedTable

# hatchling's default pattern; a "v" before the version is not part of it.
_PATTERN = r"(?i)^(__version__|VERSION) *= *(['\"])v?(?P<version>.+?)\2"


def read_environments(declared: Declaration, hatch: TypedTable) -> None:
    """Add each environment as a group named ``hatch.NAME``."""
    for name, environment in hatch.table("envs").tables():
        group = Name("hatch." + normalize(name))
        for key in ("dependencies", "extra-dependencies"):
            texts = environment.texts(key)
            if texts:
                declared.add_group(group, declared.dependencies("", environment.dotted(key), texts))
        # The environment installs the project with these extras.
        features = environment.texts("features")
        if features and declared.name is not None:
            declared.add_group(group, [Dependency(declared.name, frozenset(map(normalize, features)))])


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Write the version where ``[tool.hatch.version]`` specifies, or return the variable that overrides it."""
    from commonhold.projects import scm
    from commonhold.projects.python_source import find_literal
    from commonhold.projects.regex_file import pattern_of, replace_match
    from commonhold.projects.staged_project import StampError

    settings = document.table("tool", "hatch", "version")
    source = str(settings.get("source", "regex"))
    if source == "vcs":
        return scm.pretend_anywhere(project, document)
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


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin the requirements files that the metadata hook ``requirements_txt`` reads."""
    from commonhold.projects.requirements_file import pin_file

    hook = document.table("tool", "hatch", "metadata", "hooks", "requirements_txt")
    optional = document.table("tool", "hatch", "metadata", "hooks", "requirements_txt", "optional-dependencies")
    for files in (hook.get("files"), *optional.values()):
        for file in files if isinstance(files, list) else ():
            pin_file(project, str(file))
