"""``setup.py``: the texts that requirements come from, pinned where they stand.

A text is one that is wanted when, with another in its place, ``setup()`` requires what it is to require.
"""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import TYPE_CHECKING

from commonhold.projects.paths import HOLE
from commonhold.projects.requirement import parse_requirement, show
from commonhold.release.stage.stamp.pin import pin_lines, pin_requirement
from commonhold.release.stage.stamp.project import StampError
from commonhold.release.stage.stamp.python import PythonSource
from commonhold.release.stage.stamp.setup_folding import FILE, MOST_TRIES, Folding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from commonhold.release.stage.stamp.project import StagedProject

_VERSION = re.compile(r"[<>=!~@(\0]")


def pin_requirements(project: StagedProject) -> None:
    """Edit the texts that requirements come from: in ``setup.py``, and in files that it reads.

    Raises ``StampError`` for a requirement that has a pin and comes from no text that could be edited.
    """
    data = project.read(FILE) if project.pins else None
    if data is None:
        return
    source, folding = PythonSource(project, FILE, data), Folding(project, {})
    before = folding.requirements()
    edits = _find_edits(project, source, before)
    for file in folding.opened:
        _pin_opened(project, file, before)
    if edits:
        project.write(FILE, source.replace(edits))
    for text in Folding(project, {}).requirements():
        if isinstance(text, str) and _pinned(text, project.pins) != text:
            raise StampError(
                f"{project.shown(FILE)} requires {show(text)} by no literal that could be pinned",
                hint="Write the requirement as a literal.",
            )


def _find_edits(project: StagedProject, source: PythonSource, before: list[Any]) -> dict[ast.expr, str]:
    wanted = [_pinned(text, project.pins) if isinstance(text, str) else text for text in before]
    edits: dict[ast.expr, str] = {}
    for node, value in islice(_candidates(project, source, before), MOST_TRIES):
        # One at a time: a name may also be said where it requires nothing.
        if not any(_overlap(node, other) for other in edits):
            changed = Folding(project, {FILE: source.replace({node: value})}).requirements()
            if _is_nearer(changed, before, wanted):
                edits[node] = value
    return edits


def _candidates(
    project: StagedProject, source: PythonSource, requirements: list[Any]
) -> Iterator[tuple[ast.expr, str]]:
    """Texts that require something that has a pin, and what would take their place."""
    for node in source.texts():
        pinned = pin_lines(str(node.value), project.pins)
        if pinned != node.value:
            yield node, pinned
    texts = (text for text in requirements if isinstance(text, str))
    computed = [pinned for text in texts if (pinned := _pinned(text, project.pins)) != text]
    for expression in source.expressions(ast.JoinedStr, ast.BinOp):
        for pinned in computed:
            yield expression, pinned


def _pinned(text: str, pins: Mapping[str, str]) -> str:
    """A requirement with its pin; what is not known of its version, as in ``f"x>={version}"``, does not matter."""
    if HOLE not in text:
        return pin_lines(text, pins)
    need = parse_requirement(text, "")
    name, semicolon, marker = text.partition(";")
    if need is None or need.name not in pins or HOLE in marker:
        return text
    plain = _VERSION.split(name, maxsplit=1)[0] + name[len(name.rstrip()) :]
    return pin_requirement(plain + semicolon + marker, pins)


def _pin_opened(project: StagedProject, file: str, before: list[Any]) -> None:
    data = project.read(file)
    if data is None or file.endswith(".py"):
        return
    text = data.decode("utf-8", "surrogateescape")
    pinned = pin_lines(text, project.pins).encode("utf-8", "surrogateescape")
    # A readme is opened too, and may name the same project on a line of its own.
    if pinned != data and Folding(project, {file: pinned}).requirements() != before:
        project.write(file, pinned)


def _overlap(one: ast.expr, other: ast.expr) -> bool:
    """Whether one expression lies within the other."""
    return _span(one)[0] < _span(other)[1] and _span(other)[0] < _span(one)[1]


def _span(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _is_nearer(changed: list[Any], before: list[Any], wanted: list[Any]) -> bool:
    """Whether requirements changed, and each that did is as it is wanted."""
    if len(changed) != len(before):
        return False
    moved = [
        (now, want) for now, was, want in zip(changed, before, wanted, strict=True) if now is not was and now != was
    ]
    return bool(moved) and all(now == want for now, want in moved)
