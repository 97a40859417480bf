"""Recognize patterns in the syntax of other tools, which would match other paths than their author expects."""

from __future__ import annotations

import re

from commonhold._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Escaped characters and brackets, in which all characters stand for themselves.
_LITERAL = re.compile(r"\\.|\[[!^]?.[^\]]*\]", re.DOTALL)
_BRACES = re.compile(r"(?<!\{)\{([^{}]*,[^{}]*)\}(?!\})")
_GROUP = re.compile(r"([?*+@!])\(([^()]*)\)?")
_STARS = re.compile(r"\*{2,}")
_MOST_SPELLINGS = 4
_NO_EXCLUSION = (
    "{!r} excludes paths, which a pattern cannot do; list only the paths to match (a tier has the key `exclude`)"
)


def explain_refusal(pattern: str) -> str | None:
    """Return why a pattern is refused, with the right spelling; ``None`` if the pattern is accepted.

    >>> explain_refusal("**.md")
    "'**.md' has '**' next to a character other than '/'; write '**/*.md'"
    """
    masked = _LITERAL.sub(lambda match: "_" * len(match[0]), pattern)
    if masked != masked.strip():
        return f"{pattern!r} begins or ends with a space; write {pattern.strip()!r}"
    if (group := _GROUP.search(masked)) is not None:
        return _explain_group(pattern, group)
    if masked.startswith("!"):
        literal = "\\" + pattern
        return f"{_NO_EXCLUSION.format(pattern)}, or write {literal!r} for a name that begins with '!'"
    if {"", "."} & set(masked.rstrip("/").removeprefix("/").split("/")):
        right = "/".join(part for part in pattern.split("/") if part not in ("", ".")) or "**"
        return f"{pattern!r} is not written like a path in git; write {right!r}"
    if (braces := _BRACES.search(masked)) is not None:
        inner = pattern[braces.start(1) : braces.end(1)].split(",")
        several = [pattern[: braces.start()] + each + pattern[braces.end() :] for each in inner]
        return f"{pattern!r} lists alternatives in braces; write one pattern for each: {_listed(several)}"
    right = "".join(_with_separate_stars(pattern, masked))
    if right != pattern:
        return f"{pattern!r} has '**' next to a character other than '/'; write {right!r}"
    if "[" in masked:
        at = masked.index("[")
        literal = f"{pattern[:at]}[[]{pattern[at + 1 :]}"
        return f"{pattern!r} opens a bracket and does not close it; write {literal!r}"
    return None


def _explain_group(pattern: str, group: re.Match[str]) -> str:
    if group[1] == "!":
        return _NO_EXCLUSION.format(pattern)
    inner = [*([""] if group[1] in "?*" else []), *pattern[group.start(2) : group.end(2)].split("|")]
    several = [pattern[: group.start()] + each + pattern[group.end() :] for each in inner]
    literal = pattern[: group.start(2) - 1] + "[(]" + pattern[group.start(2) :]
    return f"{pattern!r} has a group, as in a shell; write {_listed(several)}, or {literal!r} for a name with '('"


def _with_separate_stars(pattern: str, masked: str) -> Iterator[str]:
    """Yield the pieces of a corrected pattern, in which each ``**`` is a whole part of the path."""
    end = 0
    for stars in _STARS.finditer(masked):
        before, after = masked[: stars.start()], masked[stars.end() :]
        yield pattern[end : stars.start()]
        end = stars.end()
        is_start, is_end = before[-1:] in ("", "/"), after[:1] in ("", "/")
        if is_start:
            yield "**" if is_end else "**/*"
        elif is_end:
            yield "*/**" if after else "/**"
        else:
            yield "*"
    yield pattern[end:]


def _listed(patterns: list[str]) -> str:
    shown = ", ".join(map(repr, patterns[:_MOST_SPELLINGS]))
    return f"{shown}, ..." if len(patterns) > _MOST_SPELLINGS else shown
