"""Files from which a tool takes the version by a regular expression: what it matches is replaced, by position."""

from __future__ import annotations

import re

from commonhold.release.stamp.project import StampError
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.release.stamp.project import Project


def replace_match(project: Project, file: str, pattern: str, group: str | int) -> None:
    """Replace what a group of the tool's pattern matches first; afterwards it must match the version itself."""
    data = project.read(file)
    if data is None:
        raise StampError(
            f"{project.shown(file)}, where the version of {project.name} is looked for, is not in the commit",
            hint="Correct the path, or state project.version.",
        )
    text = data.decode("utf-8", "surrogateescape")
    ends = "\r\n" if text.count("\r\n") == text.count("\n") else "\n"
    text = text.replace(ends, "\n")  # as the tools read it
    start, end = _span(project, file, pattern, group, text)
    text = text[:start] + project.version + text[end:]
    start, end = _span(project, file, pattern, group, text)
    if text[start:end] != project.version:
        raise StampError(
            f"{pattern!r} does not find {project.version} in {project.shown(file)} where it found the version before",
            hint="Correct the pattern in pyproject.toml: it must match every version that PEP 440 allows.",
        )
    project.write(file, text.replace("\n", ends).encode("utf-8", "surrogateescape"))


def _span(project: Project, file: str, pattern: str, group: str | int, text: str) -> tuple[int, int]:
    try:
        match = re.search(pattern, text, re.MULTILINE)
        if match is not None and match.start(group) >= 0:
            return match.span(group)
    except (re.error, IndexError) as error:
        raise StampError(
            f"{project.shown('pyproject.toml')} has a pattern for the version that cannot be used: {error}",
            hint="Correct the pattern.",
        ) from error
    raise StampError(
        f"{project.shown(file)} has no match of {pattern!r}, which is to find the version of {project.name}",
        hint="Correct the pattern or the file.",
    )
