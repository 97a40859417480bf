"""hatchling: ``[tool.hatch.version]``, whose ``source`` tells where the version is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold.release.stage.stamp import scm
from commonhold.release.stage.stamp.project import StampError
from commonhold.release.stage.stamp.python import find_literal
from commonhold.release.stage.stamp.regex_file import pattern_of, replace_match
from commonhold.release.stage.stamp.setup_cfg import pin_file

if TYPE_CHECKING:
    from commonhold.release.stage.stamp.document import TomlDocument
    from commonhold.release.stage.stamp.project import StagedProject

# hatchling's own; a "v" before the version is not a part of it.
_PATTERN = r"(?i)^(__version__|VERSION) *= *(['\"])v?(?P<version>.+?)\2"


def stamp_version(project: StagedProject, document: TomlDocument) -> dict[str, str]:
    """Edit the file that is named, or set the variable that is."""
    settings = document.table("tool", "hatch", "version")
    source = str(settings.get("source", "regex"))
    if source == "vcs":
        return scm.pretend_anywhere(project, document)
    if source == "env" and settings.get("variable"):
        return {str(settings["variable"]): project.version}
    path = settings.get("path")
    if not isinstance(path, str) or source not in ("regex", "code"):
        raise StampError(
            f"{project.shown('pyproject.toml')} leaves the version to hatchling, and its tool.hatch.version "
            f"names neither a path nor a source that can be stamped (it says {dict(settings)!r})",
            hint="State project.version, or tool.hatch.version.path.",
        )
    if source == "code":
        name = str(settings.get("expression") or "__version__")
        find_literal(project, str(path), name).write(project, project.version)
    else:
        replace_match(project, str(path), pattern_of(settings.get("pattern"), _PATTERN, "version"))
    return {}


def pin_requirements(project: StagedProject, document: TomlDocument) -> None:
    """Pin what the files list that the hook ``requirements_txt`` reads."""
    hook = document.table("tool", "hatch", "metadata", "hooks", "requirements_txt")
    optional = document.table("tool", "hatch", "metadata", "hooks", "requirements_txt", "optional-dependencies")
    for files in (hook.get("files"), *optional.values()):
        for file in files if isinstance(files, list) else ():
            pin_file(project, str(file))
