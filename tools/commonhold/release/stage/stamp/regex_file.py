"""Files from which a tool takes the version by a regular expression: what it matches is replaced, by position."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.release.stage.stamp.guarded_parse import ask_apart
from commonhold.release.stage.stamp.project import StampError

if TYPE_CHECKING:
    from typing import TypeAlias

    from commonhold.release.stage.stamp.project import StagedProject

    Span: TypeAlias = tuple[int, int]

_SEARCH = """
import re
pattern, group, text = question
try:
    match = re.search(pattern, text, re.MULTILINE)
    said = {"span": match and match.span(group)}
except Exception as error:
    said = {"error": str(error) or type(error).__name__}
json.dump(said, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a tool finds the version in a file: ``group`` is what it takes. ``own`` says that the tool brings it."""

    text: str
    group: str | int
    own: bool


def pattern_of(said: object, own: str, group: str | int) -> Pattern:
    """The pattern that a project has, or else the tool's own."""
    return Pattern(str(said), group, own=False) if isinstance(said, str) else Pattern(own, group, own=True)


def replace_match(project: StagedProject, file: str, pattern: Pattern) -> None:
    """Replace what a tool's pattern matches first; afterwards it must match the version itself."""
    data = project.read(file)
    if data is None:
        raise StampError(
            f"{project.shown(file)}, where the version of {project.name} is looked for, is not in the commit",
            hint="Correct the path, or state project.version.",
        )
    text = data.decode("utf-8", "surrogateescape")
    ends = "\r\n" if text.count("\r\n") == text.count("\n") else "\n"
    text = text.replace(ends, "\n")  # as the tools read it
    start, end = _span(project, file, pattern, text)
    text = text[:start] + project.version + text[end:]
    start, end = _span(project, file, pattern, text)
    if text[start:end] != project.version:
        raise StampError(
            f"{pattern.text!r} does not find {project.version} in {project.shown(file)} where it found the version "
            "before",
            hint="Correct the pattern in pyproject.toml: it must match every version that PEP 440 allows.",
        )
    project.write(file, text.replace("\n", ends).encode("utf-8", "surrogateescape"))


def _span(project: StagedProject, file: str, pattern: Pattern, text: str) -> Span:
    span = _search(pattern, text) if pattern.own else _search_apart(project, pattern, text)
    if span is None or span[0] < 0:
        raise StampError(
            f"{project.shown(file)} has no match of {pattern.text!r}, which is to find the version of {project.name}",
            hint="Correct the pattern or the file.",
        )
    return span


def _search(pattern: Pattern, text: str) -> Span | None:
    match = re.search(pattern.text, text, re.MULTILINE)
    return match and match.span(pattern.group)


def _search_apart(project: StagedProject, pattern: Pattern, text: str) -> Span | None:
    said = ask_apart(_SEARCH, [pattern.text, pattern.group, text])
    if said is None or "span" not in said:
        why = "it searches for ever" if said is None else said["error"]
        raise StampError(
            f"{project.shown('pyproject.toml')} has a pattern for the version that cannot be used: {why}",
            hint="Correct the pattern.",
        )
    span: Span | None = said["span"] and tuple(said["span"])
    return span
