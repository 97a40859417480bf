"""Read PDM's development groups (``[tool.pdm.dev-dependencies]``), and write a version to ``[tool.pdm.version]``."""

from __future__ import annotations

from commonhold._typing import TYPE_CHECKING
from commonhold.projects.names import normalize

if TYPE_CHECKING:
    from commonhold.projects.declaration import Declaration, ProjectFiles
    from commonhold.projects.staged_project import StagedProject
    from commonhold.projects.toml_document import TomlDocument
    from commonhold.projects.typed_table import TypedTable

_PATTERN = r"^(?:__version__|VERSION)\s*=\s*[\"'](.+?)[\"']\s*(?:#.*)?$"


def read_groups(project: ProjectFiles, declared: Declaration, pdm: TypedTable) -> None:
    """Add the development groups, in which PDM allows ``-e file:///${PROJECT_ROOT}/../x#egg=name``."""
    from commonhold.projects.requirements_file import read_lines

    groups = pdm.table("dev-dependencies")
    for name in groups.values:
        texts = groups.texts(name)
        editable = [text for text in texts if text.lstrip().startswith("-e")]
        plain = declared.dependencies("", groups.dotted(name), [text for text in texts if text not in editable])
        if texts:
            declared.add_group(normalize(name), (*plain, *read_lines(project, declared.path, editable).dependencies))


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Write the version into the file that PDM reads, or return the variable that replaces the version from git."""
    from commonhold.projects.regex_file import pattern_of, replace_match
    from commonhold.projects.staged_project import StampError

    settings = document.table("tool", "pdm", "version")
    source, path = settings.get("source"), settings.get("path")
    if source == "scm":
        return {"PDM_BUILD_SCM_VERSION": project.version}
    if source != "file" or not isinstance(path, str):
        raise StampError(
            f"{project.shown('pyproject.toml')} leaves the version to PDM, but tool.pdm.version has neither "
            f'source = "scm" nor a file (it is {dict(settings)!r})',
            hint="Add project.version.",
        )
    replace_match(project, str(path), pattern_of(settings.get("pattern"), _PATTERN, 1))
    return {}
