"""Write versions into files in which a backend finds the version with a regular expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.projects.guarded_parse import run_guarded
from commonhold.projects.staged_project import StampError

if TYPE_CHECKING:
    from typing import TypeAlias

    from commonhold.projects.staged_project import StagedProject

    Span: TypeAlias = tuple[int, int]

_SEARCH = """
import re
pattern, group, text = argument
try:
    match = re.search(pattern, text, re.MULTILINE)
    result = {"span": match and match.span(group)}
except Exception as error:
    result = {"error": str(error) or type(error).__name__}
json.dump(result, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression whose ``group`` matches the version; ``is_default`` marks the backend's default pattern."""

    text: str
    group: str | int
    is_default: bool


def pattern_of(setting: object, default: str, group: str | int) -> Pattern:
    """Return the pattern that a project configures, or the backend's default."""
    if isinstance(setting, str):
        return Pattern(setting, group, is_default=False)
    return Pattern(default, group, is_default=True)


def replace_match(project: StagedProject, file: str, pattern: Pattern) -> None:
    """Replace the first match of a pattern with the version, and check that the pattern matches the new version."""
    data = project.read(file)
    if data is None:
        raise StampError(
            f"{project.shown(file)}, which contains the version of {project.name}, is not in the commit",
            hint="Correct the path, or add project.version.",
        )
    text = data.decode("utf-8", "surrogateescape")
    ends = "\r\n" if text.count("\r\n") == text.count("\n") else "\n"
    text = text.replace(ends, "\n")  # Backends read files with universal newlines.
    start, end = _span(project, file, pattern, text)
    text = text[:start] + project.version + text[end:]
    # A pattern such as \d+\.\d+ would match only part of a longer version, and the build would have a different one.
    start, end = _span(project, file, pattern, text)
    if text[start:end] != project.version:
        raise StampError(
            f"{pattern.text!r} does not match {project.version} in {project.shown(file)} where it matched the previous "
            "version",
            hint="Correct the pattern in pyproject.toml: it must match every version that PEP 440 allows.",
        )
    project.write(file, text.replace("\n", ends).encode("utf-8", "surrogateescape"))


def _span(project: StagedProject, file: str, pattern: Pattern, text: str) -> Span:
    span = _search(pattern, text) if pattern.is_default else _search_guarded(project, pattern, text)
    if span is None or span[0] < 0:
        raise StampError(
            f"{project.shown(file)} has no match for {pattern.text!r}, the pattern for the version of {project.name}",
            hint="Correct the pattern or the file.",
        )
    return span


def _search(pattern: Pattern, text: str) -> Span | None:
    match = re.search(pattern.text, text, re.MULTILINE)
    return match and match.span(pattern.group)


def _search_guarded(project: StagedProject, pattern: Pattern, text: str) -> Span | None:
    result = run_guarded(_SEARCH, [pattern.text, pattern.group, text])
    if result is None or "span" not in result:
        why = "the search takes too long" if result is None else result["error"]
        raise StampError(
            f"{project.shown('pyproject.toml')} has a pattern for the version that cannot be used: {why}",
            hint="Correct the pattern.",
        )
    span: Span | None = result["span"] and tuple(result["span"])
    return span
