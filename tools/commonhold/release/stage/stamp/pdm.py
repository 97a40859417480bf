"""pdm-backend: ``[tool.pdm.version]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.stage.stamp.project import StampError
from commonhold.release.stage.stamp.regex_file import pattern_of, replace_match

if TYPE_CHECKING:
    from commonhold.release.stage.stamp.document import TomlDocument
    from commonhold.release.stage.stamp.project import StagedProject

_PATTERN = r"^(?:__version__|VERSION)\s*=\s*[\"'](.+?)[\"']\s*(?:#.*)?$"


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Edit the file that is named, or override the history."""
    settings = document.table("tool", "pdm", "version")
    source, path = settings.get("source"), settings.get("path")
    if source == "scm":
        return {"PDM_BUILD_SCM_VERSION": project.version}
    if source != "file" or not isinstance(path, str):
        raise StampError(
            f"{project.shown('pyproject.toml')} leaves the version to PDM, and its tool.pdm.version says neither "
            f'source = "scm" nor a file (it says {dict(settings)!r})',
            hint="State project.version.",
        )
    replace_match(project, str(path), pattern_of(settings.get("pattern"), _PATTERN, 1))
    return {}
