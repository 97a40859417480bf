"""Write pins into the literals from which ``setup.py`` gets its requirements.

A literal is found by trial: it is the right literal if ``setup()`` receives the pinned requirement after the literal is
replaced.
"""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import TYPE_CHECKING

from commonhold.projects.paths import HOLE
from commonhold.projects.python_source import PythonSource
from commonhold.projects.requirement import parse_requirement, pin_lines, pin_requirement, show
from commonhold.projects.setup_py import FILE, MAX_EDITS, SetupCalls
from commonhold.projects.staged_project import StampError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from commonhold.projects.staged_project import StagedProject

_VERSION = re.compile(r"[<>=!~@(\0]")


def pin_requirements(project: StagedProject) -> None:
    """Edit the literals that contain the requirements, in ``setup.py`` and in the files that it reads.

    Raises ``StampError`` if a pinned requirement does not come from a literal.
    """
    data = project.read(FILE) if project.pins else None
    if data is None:
        return
    source, calls = PythonSource(project, FILE, data), SetupCalls(project, {})
    before = calls.requirements()
    edits = _find_edits(project, source, before)
    for file in calls.opened:
        _pin_opened(project, file, before)
    if edits:
        project.write(FILE, source.replace(edits))
    # Check the result: a requirement that kept its version would be published without its pin.
    for text in SetupCalls(project, {}).requirements():
        if isinstance(text, str) and _pinned(text, project.pins) != text:
            raise StampError(
                f"{project.shown(FILE)} requires {show(text)}, which is not a literal and cannot be pinned",
                hint="Write the requirement as a literal.",
            )


def _find_edits(project: StagedProject, source: PythonSource, before: list[Any]) -> dict[ast.expr, str]:
    expected = [_pinned(text, project.pins) if isinstance(text, str) else text for text in before]
    edits: dict[ast.expr, str] = {}
    for node, value in islice(_candidates(project, source, before), MAX_EDITS):
        # Replace one literal at a time, because the same text may also be used elsewhere, for example in a description.
        if not any(_overlap(node, other) for other in edits):
            changed = SetupCalls(project, {FILE: source.replace({node: value})}).requirements()
            if _is_progress(changed, before, expected):
                edits[node] = value
    return edits


def _candidates(
    project: StagedProject, source: PythonSource, requirements: list[Any]
) -> Iterator[tuple[ast.expr, str]]:
    """Yield expressions that may be requirements with a pin, each with its replacement text."""
    for node in source.texts():
        pinned = pin_lines(str(node.value), project.pins)
        if pinned != node.value:
            yield node, pinned
    # f"core>={version}" is not a literal: the whole expression is replaced by a pinned one.
    texts = (text for text in requirements if isinstance(text, str))
    computed = [pinned for text in texts if (pinned := _pinned(text, project.pins)) != text]
    for expression in source.expressions(ast.JoinedStr, ast.BinOp):
        for pinned in computed:
            yield expression, pinned


def _pinned(text: str, pins: Mapping[str, str]) -> str:
    """Return a requirement with its pin, which also replaces an unknown version, as in ``f"x>={version}"``."""
    if HOLE not in text:
        return pin_lines(text, pins)
    dependency = parse_requirement(text, "")
    name, semicolon, marker = text.partition(";")
    if dependency is None or dependency.name not in pins or HOLE in marker:
        return text
    plain = _VERSION.split(name, maxsplit=1)[0] + name[len(name.rstrip()) :]
    return pin_requirement(plain + semicolon + marker, pins)


def _pin_opened(project: StagedProject, file: str, before: list[Any]) -> None:
    data = project.read(file)
    if data is None or file.endswith(".py"):
        return
    text = data.decode("utf-8", "surrogateescape")
    pinned = pin_lines(text, project.pins).encode("utf-8", "surrogateescape")
    # Readmes are opened too, and may contain the same project's name on a separate line.
    if pinned != data and SetupCalls(project, {file: pinned}).requirements() != before:
        project.write(file, pinned)


def _overlap(one: ast.expr, other: ast.expr) -> bool:
    """Return whether either of two expressions is inside the other."""
    return _span(one)[0] < _span(other)[1] and _span(other)[0] < _span(one)[1]


def _span(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _is_progress(changed: list[Any], before: list[Any], expected: list[Any]) -> bool:
    """Return whether an edit changed requirements, and each changed requirement is now as expected."""
    if len(changed) != len(before):
        return False  # the literal determines more than a version
    differing = [
        (now, then) for now, was, then in zip(changed, before, expected, strict=True) if now is not was and now != was
    ]
    return bool(differing) and all(now == then for now, then in differing)
