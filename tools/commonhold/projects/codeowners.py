"""Read CODEOWNERS files as GitHub does: the last matching rule decides, and a rule may name nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonhold.projects.metadata import Problem

if TYPE_CHECKING:
    from collections.abc import Container

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""The paths of the file in GitHub's order: the first one that exists counts."""

_MOST_BYTES = 3 << 20  # GitHub ignores a larger file
_OWNER = re.compile(r"@[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?|[^\s@]+@[^\s@]+")
_UNSUPPORTED = ("!", "[")


@dataclass(frozen=True, slots=True)
class CodeownersRule:
    """A pattern as written, its owners (``@user``, ``@organization/team`` or an address), and its line."""

    pattern: str
    owners: tuple[str, ...]
    line: int

    @property
    def globs(self) -> tuple[str, ...]:
        """The rule's patterns in git's glob syntax, relative to the repository's root.

        >>> CodeownersRule("docs/", (), 1).globs, CodeownersRule("/plugins/a", (), 1).globs
        (('**/docs/**',), ('plugins/a', 'plugins/a/**'))
        """
        text = self.pattern.rstrip("/")
        anchored = "/" in text
        start = text.lstrip("/") if anchored else f"**/{text}"
        if text in ("", "*", "**", "/**"):
            return ("**",)
        if self.pattern.endswith("/"):
            return (f"{start}/**",)
        # `docs/*` matches the files of a folder, but not those of its folders.
        return (start,) if start.endswith("*") else (start, f"{start}/**")


@dataclass(frozen=True, slots=True)
class Codeowners:
    """The rules of a file, and the lines that GitHub would ignore."""

    path: str
    rules: tuple[CodeownersRule, ...] = ()
    problems: tuple[Problem, ...] = ()


def codeowners_path(paths: Container[str]) -> str | None:
    """Return the path of the CODEOWNERS file that GitHub uses among the files of a repository."""
    return next((path for path in CODEOWNERS_PATHS if path in paths), None)


def read_codeowners(path: str, data: bytes) -> Codeowners:
    """Read the rules. Lines that GitHub ignores become problems."""
    if len(data) > _MOST_BYTES:
        return Codeowners(path, problems=(Problem(path, f"{path} has more than {_MOST_BYTES:,} bytes"),))
    rules: list[CodeownersRule] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        words = _words(line)
        if not words:
            continue
        pattern, *owners = words
        wrong = [owner for owner in owners if not _OWNER.fullmatch(owner)]
        if pattern.startswith(_UNSUPPORTED) or "[" in pattern:
            problems.append(Problem(path, f"{path}:{number}: GitHub does not support the pattern {pattern!r}"))
        elif wrong:
            problems.append(Problem(path, f"{path}:{number}: {wrong[0]!r} is not an owner"))
        else:
            rules.append(CodeownersRule(pattern, tuple(owners), number))
    return Codeowners(path, tuple(rules), tuple(problems))


def _words(line: str) -> list[str]:
    """Split a line at blanks that no backslash escapes, and remove its comment."""
    words: list[str] = []
    for word in re.findall(r"(?:\\.|[^\s\\])+", line):
        if word.startswith("#"):
            break
        words.append(re.sub(r"\\(.)", r"\1", word))
    return words
