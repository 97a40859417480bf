"""Translate Poetry's version constraints into PEP 440 specifiers and PEP 508 markers."""

from __future__ import annotations

import re

from commonhold.projects.paths import HOLE

_CLAUSE = re.compile(
    r"(\^|~=|~|===?|!=|<=|>=|<|>)?v?(\d{1,8}(?:\.\d{1,8}){0,5})(\.\*)?((?:a|b|rc|\.?dev|\.?post)\d*)?", re.ASCII
)
_OPERATOR_SPACE = re.compile(r"([\^~<>=!])\s+")
_SEPARATOR = re.compile(r"[\s,]+")

_MOST_EXCLUDED = 10_000  # calendar versions would exclude millions of versions; the range may admit too much

_Release = tuple[int, ...]


def to_specifier(constraint: str) -> str | None:
    """Return the specifier that admits the same versions as a constraint; ``""`` admits all versions.

    Returns ``None`` if the text is not a constraint. Alternatives (``||``) become one range from the lowest to the
    highest version, without the minor versions between the alternatives.

    >>> to_specifier("^3.8"), to_specifier("~3.8.1")
    ('>=3.8,<4', '>=3.8.1,<3.9')
    >>> to_specifier("~2.7 || ^3.2")
    '>=2.7,!=3.0.*,!=3.1.*,<4'
    """
    alternatives = [_translate(part) for part in re.split(r"\|\|?", constraint)]
    known = [clauses for clauses in alternatives if clauses is not None]
    if len(known) < len(alternatives):
        return None
    return ",".join(known[0] if len(known) == 1 else _hull(known))


def to_marker(constraint: str) -> str:
    """Return the marker for the Python versions that a constraint admits; unknown if the text is not a constraint.

    >>> to_marker("^3.8"), to_marker("<3.9.2")
    ('python_version >= "3.8" and python_version < "4"', 'python_full_version < "3.9.2"')
    """
    specifier = to_specifier(constraint)
    if not specifier:
        return HOLE if specifier is None else ""
    return " and ".join(map(_to_clause, specifier.split(",")))


def _to_clause(clause: str) -> str:
    version = clause.lstrip("<>=!~")
    # python_version has only two components; a comparison with three components or a wildcard needs the full version.
    variable = "python_version" if version.replace(".", "", 1).isdecimal() else "python_full_version"
    return f'{variable} {clause[: -len(version)]} "{version}"'


def _translate(constraint: str) -> list[str] | None:
    clauses: list[str] = []
    # Poetry allows ">= 1.0" with a space, and a space instead of a comma.
    for text in _SEPARATOR.split(_OPERATOR_SPACE.sub(r"\1", constraint.strip())):
        if text in ("*", ""):
            continue
        match = _CLAUSE.fullmatch(text)
        if match is None:
            return None
        clauses += _clauses(*match.groups(""))
    return clauses


def _clauses(operator: str, release: str, wildcard: str, pre: str) -> list[str]:
    parts = _parts(release)
    if operator == "^":
        # ^1.2.3 allows changes that keep the first nonzero component: ^0.2.3 is <0.3.
        significant = next((at for at, part in enumerate(parts) if part), len(parts) - 1)
        return [f">={release}{pre}", f"<{_next(parts[: significant + 1])}"]
    if operator == "~":
        # ~1.2.3 and ~1.2 are <1.3, but ~1 is <2.
        return [f">={release}{pre}", f"<{_next(parts[:2])}"]
    return [f"{operator or '=='}{release}{wildcard}{pre}"]


def _next(release: _Release) -> str:
    return ".".join(map(str, (*release[:-1], release[-1] + 1)))


def _parts(release: str) -> _Release:
    return tuple(map(int, release.split(".")))


def _hull(alternatives: list[list[str]]) -> list[str]:
    spans = sorted(_span(clauses) for clauses in alternatives)
    low, high = spans[0]
    found = [">=" + ".".join(map(str, low))] if low else []
    for start, end in spans[1:]:
        if high < start:
            major = start[0]
            first = high[1] if high[0] == major and len(high) > 1 else 0
            between = range(first, start[1] if len(start) > 1 else 0)
            if len(between) < _MOST_EXCLUDED:
                found += [f"!={major}.{minor}.*" for minor in between]
        high = max(high, end)
    return found if high == _FOREVER else [*found, "<" + ".".join(map(str, high))]


_FOREVER = (10**9,)


def _span(clauses: list[str]) -> tuple[_Release, _Release]:
    """Return the range of releases that clauses admit: the lower bound, and the exclusive upper bound."""
    low: _Release = ()
    high: _Release = _FOREVER
    for clause in clauses:
        match = _CLAUSE.fullmatch(clause)
        operator, release, _, _ = match.groups("") if match else ("", "0", "", "")
        parts = _parts(release)
        after = (*parts[:-1], parts[-1] + 1)
        if operator in (">=", ">", "==", "===", "~="):
            low = max(low, parts)
        if operator == "~=":
            after = (*parts[:-2], parts[-2] + 1) if len(parts) > 1 else after
        if operator in ("==", "===", "<=", "~="):
            high = min(high, after)
        if operator == "<":
            high = min(high, parts)
    return low, high
