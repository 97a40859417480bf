"""Follow the conditions of a job's shell commands, as far as they compare the name of the plugin with patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from commonhold.scaffold.init.facts import Found, Package

_CONDITION = re.compile(r"(?:if|elif)\s+\[\[?\s+(.*?)\s+\]\]?\s*;?\s*(?:then)?")
_COMPARISON = re.compile(r"[\"']?\$\{\{\s*(?:matrix|inputs)\.[\w-]+\s*\}\}[\"']?\s*==?\s*([\w./*?\"'-]+)")


@dataclass
class _Branch:
    """The current branch of an ``if``: whether it runs, and whether an earlier branch or this one was chosen by name.

    ``by_name`` is false if the condition does not compare names; all branches of such a condition count.
    """

    runs: bool
    chosen: bool
    by_name: bool


def commands_for(package: Package, commands: Iterable[Found]) -> Iterator[tuple[Found, bool]]:
    """Yield the commands that run for a package; the second value is true in a branch that its name chooses.

    A branch whose condition compares something in another way is left out, because other packages may need it.
    """
    stack: list[_Branch] = []
    for command in commands:
        word = command.value.split()[0] if command.value.strip() else ""
        if word == "if" and not re.search(r"\bfi\b", command.value):
            stack.append(_branch(command.value, package))
        elif word == "elif" and stack:
            new = _branch(command.value, package)
            stack[-1] = _Branch(new.runs and not stack[-1].chosen, new.chosen or stack[-1].chosen, stack[-1].by_name)
        elif word == "else" and stack:
            stack[-1].runs = not stack[-1].by_name or not stack[-1].chosen
            stack[-1].chosen = False
        elif word == "fi" and stack:
            stack.pop()
        elif all(branch.runs for branch in stack):
            yield command, any(branch.by_name and branch.chosen for branch in stack)


def _branch(text: str, package: Package) -> _Branch:
    names = _compared(text)
    if names is None:
        # A condition such as `[ -f FILE ]` is left to the command itself.
        return _Branch("==" not in text, chosen=False, by_name="==" in text)
    known = {package.last, package.name, package.folder}
    matched = any(fnmatchcase(each, name) for each in known for name in names)
    return _Branch(matched, matched, by_name=True)


def _compared(text: str) -> list[str] | None:
    """Return the patterns with which a condition compares the plugin's name; ``None`` if it does anything else."""
    match = _CONDITION.fullmatch(text.strip())
    found = [_COMPARISON.fullmatch(part.strip()) for part in match[1].split("||")] if match else []
    return [part[1].replace('"', "").replace("'", "") for part in found if part] if found and all(found) else None
