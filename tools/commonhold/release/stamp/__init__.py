"""Stamping: a project gets its version and its pins, whichever way it carries them."""

from __future__ import annotations

from commonhold.release.stamp import pep621
from commonhold.release.stamp.document import Document
from commonhold.release.stamp.project import Project, StampError
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Project", "StampError", "stamp"]


def stamp(project: Project) -> Mapping[str, str]:
    """Edit a project's files; what must be in the environment when it is built. Raises ``StampError``."""
    document = Document(project)
    if not pep621.is_static(document):
        raise StampError(
            f"{project.shown('pyproject.toml')} has no project.version to be stamped",
            hint="State it there.",
        )
    pep621.stamp_version(project, document)
    pep621.pin_requirements(project, document)
    document.save()
    return {}
